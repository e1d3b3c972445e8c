package dev.gatun.cli;

import dev.gatun.Heads;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Layout;
import dev.gatun.cli.operator.NamedOperator;
import dev.gatun.cli.output.Console;
import java.lang.foreign.Arena;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code apply}: the product of an operator with values. */
@Command(name = "apply", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Write the product of an operator with values.",
        description = {"%nThe output is (..., N, C) in float32; complex64 for magnetic. The operator is not stored.%n"})
final class ApplyCommand extends OperatorCommand {

    @Option(names = "--v", paramLabel = "V",
            description = "Values, (..., G, M, C); G divides H, and may differ from that of the keys.")
    private String v;

    ApplyCommand(Console console) {
        super(console);
    }

    @Override
    String values() {
        return v;
    }

    @Override
    Inputs read(InputOptions options, Arena arena, Console told) {
        return options.readWithValues(v, arena, told);
    }

    @Override
    Layout layout(Layout inputs) {
        return inputs;
    }

    @Override
    int columns(Inputs inputs) {
        return inputs.v().heads().columns();
    }

    @Override
    void write(NamedOperator operator, HeadRun run, Heads target) {
        operator.apply(run.v(), target);
    }
}
