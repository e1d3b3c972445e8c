package dev.gatun.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSoftmax;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelsTest {

    @TempDir
    Path folder;

    @Test
    void figuresAreFiniteAndPositive() {
        KernelReport report = Kernels.describe();
        assertTrue(DoubleStream.of(report.multiplyAdds(), report.read(), report.scoreTile(), report.exponentials())
                .allMatch(figure -> figure > 0 && figure < Double.POSITIVE_INFINITY), report.toString());
        assertEquals(report.reason().isEmpty(), report.vectorised());
        assertEquals(JitCompiler.C2, report.compiler());
        assertTrue(report.species().contains(report.vectorBits() + "_BIT"), report.species());
        assertTrue(report.registers() == 16 || report.registers() == 32, report::toString);
        assertTrue(report.toString().contains(report.registers() + " registers, tiles of 4 x " + report.registers() / 8), report::toString);
        assertTrue(report.toString().contains("  score tile     "), report.toString());
        assertTrue(report.toString().lines().count() >= 8, report.toString());
    }

    @Test
    void sizesArePositive() {
        assertThrows(IllegalArgumentException.class, () -> Kernels.warmUp(0, 64));
        assertThrows(IllegalArgumentException.class, () -> Kernels.warmUp(64, -1));
    }

    @Tag("any-width")
    @Tag("virtual-machines")
    @ParameterizedTest
    @CsvSource({"-Xint, INTERPRETER", "-XX:TieredStopAtLevel=1, C1", "-XX:+UnlockExperimentalVMOptions -XX:-EnableVectorSupport, C2"})
    void whereNothingIsVectorisedItIsSaid(String options, JitCompiler compiler) throws Exception {
        Path record = folder.resolve("events.jfr");
        List<String> said = fork(List.of(options.split(" ")), Describe.class, record.toString());
        assertEquals(List.of("vectorised false", "compiler " + compiler, "warm false", "right true"), said);
        List<RecordedEvent> events = RecordingFile.readAllEvents(record);
        assertEquals(2, events.size(), "one of describe, one of warmUp");
        for (RecordedEvent event : events) {
            assertEquals(NotVectorised.NAME, event.getEventType().getName());
            assertTrue(event.getString("reason").contains(" GFLOP/s where vector instructions would reach over "));
            assertEquals(compiler.label(), event.getString("compiler"));
            assertTrue(event.getInt("vectorBits") >= 128);
        }
    }

    @Tag("any-width")
    @Tag("virtual-machines")
    @Test
    void managementAndTheFlightRecorderAreOptional() throws Exception {
        List<String> said = fork(List.of("-XX:TieredStopAtLevel=1", "--limit-modules", "java.base,jdk.incubator.vector"), Plain.class);
        assertEquals(List.of("vectorised false", "compiler C1", "allocated -1"), said);
    }

    /** What a program says in a JVM of its own. */
    private List<String> fork(List<String> options, Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-Xmx256m"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertEquals(0, process.waitFor(), () -> read(err));
        return Files.readAllLines(out);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    /** Describes and warms up with the flight recorder on. */
    static final class Describe {
        public static void main(String[] arguments) throws IOException {
            try (Recording recording = new Recording()) {
                recording.enable(NotVectorised.NAME);
                recording.start();
                KernelReport report = Kernels.describe();
                System.out.println("vectorised " + report.vectorised());
                System.out.println("compiler " + report.compiler());
                System.out.println("warm " + Kernels.warmUp(8, 4));
                System.out.println("right " + right());
                recording.stop();
                recording.dump(Path.of(arguments[0]));
            }
        }
    }

    /** Whether attention is what its definition says. */
    private static boolean right() {
        Heads q = Heads.allocate(Arena.global(), 1, 19, 5);
        Heads out = Heads.allocate(Arena.global(), 1, 19, 5);
        float[] entries = Tokens.normal(new Random(1), 19 * 5, 1);
        MemorySegment.copy(entries, 0, q.segment(), ValueLayout.JAVA_FLOAT, 0, entries.length);
        Scores.of(q, q).attention().apply(q, out);
        double[][] tokens = ReferenceMatrix.of(entries, 19, 5);
        double[][] attention = ReferenceSoftmax.attention(tokens, tokens, 1 / Math.sqrt(5), 1, false);
        double[][] expected = ReferenceMatrix.multiply(attention, tokens);
        float[] actual = out.matrix(0).toArray();
        return IntStream.range(0, actual.length).allMatch(at -> Math.abs(actual[at] - expected[at / 5][at % 5]) < 1e-5);
    }

    /** Describes without a word of the flight recorder. */
    static final class Plain {
        public static void main(String[] arguments) {
            KernelReport report = Kernels.describe();
            System.out.println("vectorised " + report.vectorised());
            System.out.println("compiler " + report.compiler());
            System.out.println("allocated " + report.allocated());
        }
    }
}
