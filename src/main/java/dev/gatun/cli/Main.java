package dev.gatun.cli;

import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.StandardError;
import dev.gatun.io.TensorFileException;
import dev.gatun.machine.Kernels;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line of Gatun. Exit status 0 means done, 1 that the computation says no, 2 bad usage or bad input; the last two come with
 * one line on standard error.
 */
@Command(name = "gatun", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION,
        synopsisSubcommandLabel = "COMMAND",
        header = "The Markov geometry of query-key scores: attention, diffusion, magnetic diffusion and Sinkhorn.%n",
        footer = {"", "Tensors are .npy files, FILE.npz#NAME or FILE.safetensors#NAME, of shape (N, d), (H, N, d) or (B, H, N, d).",
            "Exit status: 0 done, 1 the computation says no, 2 bad usage or bad input."})
public final class Main implements Callable<Integer> {

    /** The version of the project, as the build file has it. */
    static final String VERSION = "0.1.0-SNAPSHOT";

    private static final int HELP_WIDTH = 100;

    private final Console console;

    private Main(Console console) {
        this.console = console;
    }

    /** Runs the command that the arguments name and exits with its status. */
    public static void main(String[] arguments) {
        StandardError.restore();
        Locale.setDefault(Locale.ROOT);
        System.exit(run(arguments, System.out, System.err, StandardError.isTerminal()));
    }

    /**
     * Runs the command that the arguments name.
     *
     * @param terminal whether {@code err} is a terminal
     * @return the exit status
     */
    static int run(String[] arguments, PrintStream out, PrintStream err, boolean terminal) {
        Console console = new Console(out, err, terminal);
        int status = new Main(console).run(arguments);
        if (out.checkError() && status == 0) {
            console.complain("standard output: cannot be written");
            return Fault.REFUSED;
        }
        return status;
    }

    private int run(String[] arguments) {
        try {
            return execute(arguments);
        } catch (ParameterException bad) {
            console.complain(describe(bad));
            return Fault.USAGE;
        } catch (Fault fault) {
            console.complain(fault.getMessage());
            return fault.status();
        } catch (TensorFileException file) {
            console.complain(file.getMessage());
            return Fault.USAGE;
        } catch (OutOfMemoryError full) {
            console.complain(outOfMemory());
            return Fault.REFUSED;
        } catch (InternalError fault) {
            // The JVM throws it if a mapped page is gone, among rarer causes.
            console.complain("a file became shorter, or its disk failed, while it was in use: " + fault.getMessage());
            return Fault.REFUSED;
        } catch (IllegalStateException state) {
            return unready(state);
        } catch (Exception bug) {
            return internal(bug);
        }
    }

    private Integer execute(String[] arguments) throws Exception {
        ParseResult parsed = commandLine().parseArgs(arguments);
        Integer help = CommandLine.executeHelpRequest(parsed);
        if (help != null) {
            return help;
        }
        List<CommandLine> commands = parsed.asCommandLineList();
        Callable<Integer> command = commands.getLast().getCommand();
        return command.call();
    }

    private CommandLine commandLine() {
        return new CommandLine(this)
                .addSubcommand(new AnalyzeCommand(console))
                .addSubcommand(new ApplyCommand(console))
                .addSubcommand(new MatrixCommand(console))
                .addSubcommand(new SinkhornCommand(console))
                .addSubcommand(new BridgeCommand(console))
                .addSubcommand(new SpectrumCommand(console))
                .addSubcommand(new DynamicsCommand(console))
                .addSubcommand(new HopfieldCommand(console))
                .addSubcommand(new ReportCommand(console))
                .addSubcommand(new EmbedCommand(console))
                .addSubcommand(new ServeCommand(console))
                .addSubcommand(new BenchCommand(console))
                .setExpandAtFiles(false)
                .setUsageHelpWidth(HELP_WIDTH)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setOut(new PrintWriter(console.out(), true));
    }

    /** Refuses a command line without a command. */
    @Override
    public Integer call() {
        throw Fault.usage("which command? There are %s; see gatun --help", commandNames());
    }

    private String commandNames() {
        return String.join(", ", commandLine().getSubcommands().keySet());
    }

    private String describe(ParameterException bad) {
        CommandLine where = bad.getCommandLine();
        String help = "; see " + where.getCommandSpec().qualifiedName() + " --help";
        if (!(bad instanceof UnmatchedArgumentException unmatched)) {
            String message = bad.getMessage();
            return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1) + help;
        }
        String argument = "'" + unmatched.getUnmatched().getFirst() + "'";
        if (unmatched.isUnknownOption()) {
            return "unknown option " + argument + help;
        }
        return where.getParent() == null
                ? "unknown command " + argument + "; the commands are " + commandNames()
                : "unexpected argument " + argument + help;
    }

    private static String outOfMemory() {
        return "out of memory: the JVM may use a heap of " + (Runtime.getRuntime().maxMemory() >> 20)
                + " MiB; GATUN_OPTS=-Xmx... allows more";
    }

    /** Without vectors for its kernels the library states what to do; any other illegal state is a bug. */
    private int unready(IllegalStateException state) {
        if (Kernels.present()) {
            return internal(state);
        }
        console.complain(state.getMessage());
        return Fault.USAGE;
    }

    private int internal(Exception bug) {
        console.complain("internal error: " + bug);
        return Fault.REFUSED;
    }
}
