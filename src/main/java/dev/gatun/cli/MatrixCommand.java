package dev.gatun.cli;

import dev.gatun.Heads;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.InputOptions;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.operator.NamedOperator;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.operator.OperatorOptions;
import dev.gatun.cli.output.Console;
import java.lang.foreign.Arena;
import picocli.CommandLine.Command;

/** {@code matrix}: the entries of an operator. */
@Command(name = "matrix", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Write the entries of an operator.",
        description = "%nThe output is (..., N, M) in float32; complex64 for magnetic, P^g = D^-1 H.%n")
final class MatrixCommand extends OperatorCommand {

    MatrixCommand(Console console) {
        super(console);
    }

    @Override
    String values() {
        return null;
    }

    @Override
    Inputs read(InputOptions options, Arena arena, Console told) {
        return options.read(null, arena, told);
    }

    @Override
    void check(OperatorName operator, OperatorOptions options) {
        operator.requireMatrix(options);
    }

    @Override
    int columns(Inputs inputs) {
        return inputs.columns();
    }

    @Override
    void write(NamedOperator operator, HeadRun run, Heads target) {
        operator.matrix(target);
    }
}
