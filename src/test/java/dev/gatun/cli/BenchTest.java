package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.bench.BenchCase;
import dev.gatun.cli.bench.BenchPlan;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.machine.JitCompiler;
import dev.gatun.machine.KernelReport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The form of the output of {@code bench}. The figures are arbitrary, or measured too briefly to be accurate. */
@Tag("any-width")
class BenchTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private BenchCommand command(String reason) {
        KernelReport machine = new KernelReport(512, "species", 32, "4 x 4", "a machine", JitCompiler.C2, "cpu", 100, 25, 90, 5, 0,
                reason);
        BenchPlan plan = new BenchPlan(() -> { }, () -> machine, Duration.ZERO, Duration.ofNanos(1), Duration.ofNanos(1),
                List.of(1 << 10, 1 << 21), List.of(new BenchCase(OperatorName.ATTENTION, 2, 9, 5),
                        new BenchCase(OperatorName.DIFFUSION, 1, 8, 4), new BenchCase(OperatorName.MAGNETIC, 1, 8, 4)));
        return new BenchCommand(new Console(new PrintStream(out), new PrintStream(err), true), plan);
    }

    @Test
    void theTableHasEveryFigure() {
        assertEquals(0, command("").call());
        String table = out.toString();
        assertTrue(table.startsWith("cpu, vectors of 512 bits, 1 thread\na machine, compiled by C2\n"), table);
        for (String name : new String[] {"multiply-adds", "read of 1 KiB", "read of 2 MiB", "memory read"}) {
            assertEquals(1, matches("(?m)^  " + name + " +[0-9.e+-]+ G(FLOP|B)/s$", table), table);
        }
        for (String name : new String[] {"score tile", "score tile, float64", "value tile", "exponentials",
            "exponentials, float64", "rotate", "attention \\(2, 9, 5\\)", "diffusion \\(1, 8, 4\\)",
            "magnetic \\(1, 8, 4\\)"}) {
            assertEquals(1, matches("(?m)^  " + name + " +[0-9.e+-]+ (GFLOP/s|entries/ns) +[0-9]+%$", table), name);
        }
        table.lines().forEach(line -> assertTrue(line.length() <= 100, line));
        assertTrue(table.chars().allMatch(character -> character == '\n' || character >= ' ' && character <= '~'));
    }

    @Test
    void theJsonFileHasTheSameFigures() throws Exception {
        Path json = folder.resolve("bench.json");
        BenchCommand command = command("");
        new CommandLine(command).parseArgs("--json", json.toString());
        command.call();
        String figures = Files.readString(json);
        assertEquals(13, matches("\"rate\": [0-9]", figures), figures);
        assertEquals(9, matches("\"share\": [0-9]", figures), figures);
        assertEquals(9, matches("\"operations\": [1-9]", figures), figures);
        assertEquals(11, matches("\"bytes\": [1-9]", figures), figures);
        assertEquals(1, matches("\"name\": \"attention\",\\s+\"shape\": \\[2, 9, 5\\],\\s+\"rate\": ", figures), figures);
        assertEquals(1, matches("\"vectorised\": true", figures), figures);
        assertTrue(figures.endsWith("}\n"), figures);
    }

    /** An earlier run comes onto the page as it was written, and a name that two files share is told apart. */
    @Test
    void thePageHasEarlierRuns() throws Exception {
        Path json = folder.resolve("before.json");
        Path page = folder.resolve("machine.html");
        run("--json", json);
        Path other = Files.copy(json, Files.createDirectory(folder.resolve("other")).resolve("before.json"));
        run("--html", page, "--earlier", json, other);
        String html = Files.readString(page);
        assertEquals(List.of("this run", "before.json", "before.json (2)"),
                Pattern.compile("\"label\": \"(.*)\"").matcher(html).results().map(label -> label.group(1)).toList());
        String written = Files.readString(json);
        String figures = written.substring(1, written.lastIndexOf("}")).replaceAll("\\s", "");
        assertEquals(2, matches(Pattern.quote(figures), html.replaceAll("\\s", "")), figures);
        assertTrue(html.contains("<title>Gatun on cpu, vectors of 512 bits</title>"));
        assertEquals(0, matches("<!--gatun:", html), "placeholders");
    }

    private void run(Object... arguments) {
        BenchCommand command = command("");
        new CommandLine(command).parseArgs(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        assertEquals(0, command.call());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}                                              | lacks 'machine'",
        "[                                               | is malformed at byte 1",
        "{\"machine\": 3}                                | 'machine' is a number, not an object",
        "{\"machine\": M, \"limits\": {}}                | 'limits' is an object, not an array",
        "{\"machine\": M, \"limits\": [{\"name\": \"a\", \"rate\": -1, \"unit\": \"b\"}]} | 'limits[0].rate' is -1.0, not a positive number",
        "{\"machine\": M, \"limits\": [{\"name\": \"a\", \"unit\": \"b\", \"shape\": [1]}]} | 'limits[0].shape' has 1 sizes"})
    void aFileThatNoBenchmarkWroteIsRefused(String content, String fault) throws Exception {
        String machine = """
                {"architecture": "a", "jvm": "b", "compiler": "c", "vectorBits": 128, "vectorRegisters": 16, "registerTile": "d",
                 "vectorised": true}""";
        Path file = Files.writeString(folder.resolve("other.json"), content.replace("M", machine));
        Outcome.of("bench", "--html", folder.resolve("page.html"), "--earlier", file).assertRefused(file.toString(), fault);
    }

    @Test
    void withoutVectorCodeThereIsNothingToMeasure() {
        Fault fault = assertThrows(Fault.class, () -> command("no compiler").call());
        assertEquals(Fault.REFUSED, fault.status());
        assertEquals("bench: the kernels are not vectorised: no compiler", fault.getMessage());
        assertEquals("", out.toString());
    }

    /** The figure of code that is not compiled is no figure of the kernel. */
    @Test
    void whatIsNotCompiledHasNoFigure() throws Exception {
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xint", "-Xmx256m",
                "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"), Impatient.class.getName())
                .redirectOutput(said.toFile()).redirectErrorStream(true).start();
        assertEquals(0, process.waitFor(), () -> "exit status");
        String text = Files.readString(said);
        assertEquals(1, matches("bench: multiply-adds is not compiled after 1 seconds: it runs at [0-9.e-]+ GFLOP/s and allocates"
                + " [1-9][0-9]* bytes a call", text), text);
        assertEquals(0, matches("score tile", text), text);
    }

    /** A benchmark of a JVM that says that it has vector instructions, without a compiler. */
    static final class Impatient {

        public static void main(String[] arguments) {
            KernelReport machine = new KernelReport(512, "species", 32, "4 x 4", "a machine", JitCompiler.C2, "cpu", 100, 25, 90, 5, 0,
                    "");
            BenchPlan plan = new BenchPlan(() -> { }, () -> machine, Duration.ofSeconds(1), Duration.ofNanos(1), Duration.ofNanos(1),
                    List.of(), List.of());
            try {
                new BenchCommand(new Console(System.out, System.err, true), plan).call();
            } catch (Fault fault) {
                System.out.println(fault.getMessage());
            }
        }
    }

    @Test
    void innerProductsAreCounted() {
        assertEquals(4.0 * 8 * 1024 * 1024 * 64, new BenchCase(OperatorName.ATTENTION, 8, 1024, 64).operations());
        assertEquals(6.0 * 7, new BenchCase(OperatorName.DIFFUSION, 7, 1, 1).operations());
        assertEquals(8.0 * 9 * 5, new BenchCase(OperatorName.MAGNETIC, 1, 3, 5).operations());
    }

    /** Queries, keys, values and results of four bytes each, and complex results of eight. */
    @Test
    void bytesAreCounted() {
        assertEquals(4.0 * 4 * 8 * 1024 * 64, new BenchCase(OperatorName.ATTENTION, 8, 1024, 64).bytes());
        assertEquals(5.0 * 4 * 3 * 5, new BenchCase(OperatorName.MAGNETIC, 1, 3, 5).bytes());
    }

    @Test
    void usage() {
        String help = Outcome.of("bench", "--help").assertDone().out();
        assertTrue(help.contains("Usage: gatun bench") && help.contains("--json"), help);
        Outcome.of("bench", "--fast").assertRefused("unknown option '--fast'", "gatun bench --help");
        Outcome.of("bench", "--json", folder).assertRefused(folder + ": cannot be written: is a directory");
        Outcome.of("bench", "--html", folder).assertRefused(folder + ": cannot be written: is a directory");
        Path absent = folder.resolve("absent.json");
        Path page = folder.resolve("page.html");
        Outcome.of("bench", "--html", page, "--earlier", absent).assertRefused(absent + ": no such file");
        Outcome.of("bench", "--html", absent, "--json", absent).assertRefused(absent + ": is given for two outputs");
        Outcome.of("bench", "--html", absent, "--earlier", absent).assertRefused(absent + ": cannot be written: is an input");
        Outcome.of("bench", "--earlier", absent).assertRefused("--earlier needs --html");
    }

    private static long matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
