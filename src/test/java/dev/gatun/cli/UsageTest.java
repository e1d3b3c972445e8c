package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.operator.OperatorName;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-width")
class UsageTest {

    @Test
    void helpNamesEveryCommand() {
        String help = Outcome.of("--help").assertDone().out();
        for (String command : List.of("analyze", "apply", "matrix", "sinkhorn", "bridge", "spectrum", "dynamics", "hopfield", "report",
                "embed", "serve", "bench")) {
            assertTrue(help.contains("\n  " + command + " "), help);
        }
    }

    /** Help lists exactly the operators that a command accepts. */
    @ParameterizedTest
    @ValueSource(strings = {"apply", "matrix", "spectrum", "dynamics"})
    void helpListsTheOperatorsThatACommandTakes(String command) {
        Predicate<OperatorName> taken = switch (command) {
            case "spectrum" -> OperatorName::isReversible;
            case "dynamics" -> name -> !name.isComplex();
            default -> name -> true;
        };
        String help = Outcome.of(command, "--help").assertDone().out().replaceAll("\\s+", " ");
        assertTrue(help.contains(" One of " + String.join(", ", OperatorName.labels(taken)) + ". "), help);
        for (OperatorName name : OperatorName.values()) {
            List<String> arguments = new ArrayList<>(List.of(command, "--operator", name.label(), "--q", "no.npy", "--k", "no.npy"));
            arguments.addAll(switch (command) {
                case "apply" -> List.of("--v", "no.npy", "--out", "o.npy");
                case "matrix" -> List.of("--out", "o.npy");
                case "spectrum" -> List.of("--count", "1");
                default -> List.of();
            });
            String refusal = Outcome.of(arguments.toArray()).err();
            assertEquals(taken.test(name), refusal.contains("no.npy: no such file"), refusal);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"analyze", "apply", "matrix", "sinkhorn", "bridge", "spectrum", "dynamics", "hopfield", "report"})
    void everyCommandHasHelp(String command) {
        String help = Outcome.of(command, "--help").assertDone().out();
        assertTrue(help.contains("Usage: gatun " + command), help);
        assertTrue(help.contains("--beta"), help);
        help.lines().forEach(line -> assertTrue(line.length() <= 100, line));
    }

    @Test
    void theVersionIsThatOfTheBuild() throws Exception {
        assertEquals("gatun " + Main.VERSION + "\n", Outcome.of("--version").assertDone().out());
        String build = Files.readString(Path.of("pom.xml"));
        assertTrue(build.contains("<artifactId>gatun</artifactId>\n  <version>" + Main.VERSION + "</version>"));
    }

    @Test
    void noCommand() {
        Outcome.of().assertRefused("analyze, apply, matrix, sinkhorn, bridge, spectrum, dynamics, hopfield, report, embed, serve, bench");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamic", "hop", "Apply", "@file"})
    void unknownCommands(String command) {
        Outcome.of(command, "--q", "q.npy").assertRefused("unknown command '" + command + "'", "apply");
    }

    @Test
    void unknownOptions() {
        Outcome.of("--fast").assertRefused("unknown option '--fast'", "gatun --help");
        Outcome.of("analyze", "--fast").assertRefused("unknown option '--fast'", "gatun analyze --help");
        Outcome.of("analyze", "x.npy").assertRefused("unexpected argument 'x.npy'");
        Outcome.of("analyze", "x\ny").assertRefused("unexpected argument 'x\\u000ay'");
    }

    @Test
    void missingOptions() {
        Outcome.of("apply").assertRefused("--operator", "--out");
        Outcome.of("apply", "--operator", "attention", "--out", "o.npy").assertRefused("--q and --k, or --scores, or --model");
        Outcome.of("apply", "--operator", "attention", "--out", "o.npy", "--q", "q.npy", "--k", "k.npy").assertRefused("--v");
        Outcome.of("hopfield", "--q", "q.npy", "--k", "k.npy").assertRefused("--v");
        Outcome.of("hopfield", "--v", "--model").assertRefused("--v");
        Outcome.of("matrix", "--q", "q.npy", "--k", "k.npy", "--out", "o.npy").assertRefused("--operator");
        Outcome.of("sinkhorn", "--q", "q.npy").assertRefused("--k");
        Outcome.of("analyze", "--beta").assertRefused("--beta");
        Outcome.of("analyze", "--q", "--k", "k.npy").assertRefused("--q");
        Outcome.of("analyze", "--beta", "1", "--beta", "2").assertRefused("--beta");
    }

    @Test
    void unknownOperatorsAreToldTheKnown() {
        Outcome.of("matrix", "--operator", "softmax", "--q", "q.npy", "--k", "k.npy", "--out", "o.npy")
                .assertRefused("'softmax'", "attention, attention-column, backward, backward-column, diffusion,"
                        + " bistochastic, bistochastic-backward, bistochastic-diffusion, magnetic, circulation");
    }

    @Test
    void numbersDoNotDependOnTheLocale(@TempDir Path folder) {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 5, 3);
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG"));
            String table = Outcome.of("analyze", "--q", q, "--k", q, "--beta", "1.5").assertDone().out();
            assertTrue(table.contains("beta 1.5, "), table);
            assertTrue(table.chars().allMatch(character -> character < 0x7f), table);
            Outcome stalled = Outcome.of("sinkhorn", "--q", q, "--k", q, "--max-iterations", "1");
            stalled.assertEnded(1, "head 0: stalled, column ", " is off by 0.", "after 1 iterations");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void withoutTheVectorApiOneLineSaysWhatToDo() throws Exception {
        assertEquals("gatun: Gatun needs the Vector API: start java with --add-modules jdk.incubator.vector"
                + System.lineSeparator(), refusal("-Dnone=none"));
    }

    @Test
    void withVectorsTooShortOneLineSaysWhy() throws Exception {
        String said = refusal("--add-modules=jdk.incubator.vector", "-XX:MaxVectorSize=8");
        assertEquals("gatun: Gatun needs vectors of at least 128 bits; this JVM has 64 (a CPU without them, or a small"
                + " -XX:MaxVectorSize)", said.replace("WARNING: Using incubator modules: jdk.incubator.vector", "").strip());
    }

    /** The standard error of a refused command in a JVM of its own. */
    private static String refusal(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.gatun.cli.Main", "analyze"));
        Process process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        assertEquals("", new String(process.getInputStream().readAllBytes()));
        String said = new String(process.getErrorStream().readAllBytes());
        assertEquals(2, process.waitFor());
        return said;
    }

    @Test
    void aBrokenStandardOutputIsNotSuccess() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int octet) throws java.io.IOException {
                throw new java.io.IOException("No space left on device");
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(new String[] {"--help"}, new PrintStream(full), new PrintStream(err), false);
        assertEquals(1, status);
        assertEquals("gatun: standard output: cannot be written" + System.lineSeparator(), err.toString());
    }
}
