package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.hopfield.Circulation;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
class CirculationTest {

    private static final int[] SHAPE = {3, 12, 4};

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path v;
    private Path out;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, SHAPE);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, SHAPE);
        v = NpyFiles.random(folder.resolve("v.npy"), 3, SHAPE);
        out = folder.resolve("out.npy");
    }

    private double[] written(String command, Object... options) {
        Object[] files = command.equals("apply") ? new Object[] {"--v", v} : new Object[0];
        outcome(command, Stream.concat(Stream.of(files), Stream.of(options))).assertDone();
        return NpyFiles.read(out).values();
    }

    private Outcome outcome(String command, Stream<Object> options) {
        return Outcome.of(Stream.concat(Stream.of(command, "--operator", "circulation", "--q", q, "--k", k, "--out", out), options)
                .toArray());
    }

    private static Heads tensor(Arena arena, int seed) {
        int size = NpyFiles.size(SHAPE);
        return Heads.of(Matrix.copyOf(arena, NpyFiles.normal(seed, size), 1, size).segment(), 0, SHAPE);
    }

    private static double[] applied(double c, UnaryOperator<Circulation> setting) {
        try (Arena arena = Arena.ofConfined()) {
            Heads result = Heads.allocate(arena, SHAPE);
            setting.apply(Circulation.of(Scores.of(tensor(arena, 1), tensor(arena, 2)), c)).apply(tensor(arena, 3), result);
            return values(result);
        }
    }

    private static double[] values(Heads heads) {
        double[] values = new double[heads.count() * heads.rows() * heads.columns()];
        int at = 0;
        for (int h = 0; h < heads.count(); h++) {
            for (float value : heads.matrix(h).toArray()) {
                values[at++] = value;
            }
        }
        return values;
    }

    @Test
    void applyBlendsAndAdaptsAsTheLibraryDoes() {
        assertArrayEquals(applied(-2, plain -> plain), written("apply", "--circulation", -2));
        assertArrayEquals(applied(0, plain -> plain.withBlend(-0.5)), written("apply", "--circulation", 0, "--blend", -0.5));
        assertArrayEquals(applied(0, plain -> plain.adaptive(Adaptation.DEVIATION)),
                written("apply", "--circulation", 0, "--adaptive", "dev"));
        assertArrayEquals(applied(0.5, plain -> plain.adaptive(Adaptation.SCALE).withBlend(2).withAdaptiveBlend()),
                written("apply", "--circulation", 0.5, "--adaptive", "scale", "--blend", 2, "--adaptive-blend", "--threads", 2));
    }

    @Test
    void circulationOneIsAttentionWhateverTheBlend() {
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", out).assertDone();
        double[] attention = NpyFiles.read(out).values();
        assertArrayEquals(attention, written("apply", "--blend", 0.3));
        assertArrayEquals(attention, written("apply", "--blend", 1e300, "--adaptive", "dev", "--adaptive-blend"));
    }

    @Test
    void anAdaptiveMatrixIsThatOfItsCirculations() {
        try (Arena arena = Arena.ofConfined()) {
            Heads matrix = Heads.allocate(arena, 3, 12, 12);
            Circulation.of(Scores.of(tensor(arena, 1), tensor(arena, 2)), 0.5).adaptive(Adaptation.SCALE).operator().matrix(matrix);
            assertArrayEquals(values(matrix), written("matrix", "--circulation", 0.5, "--adaptive", "scale"));
        }
    }

    @Test
    void aBlendHasNoMatrix() {
        for (Object[] options : new Object[][] {{"--blend", 0.5}, {"--adaptive-blend"}}) {
            outcome("matrix", Stream.of(options)).assertRefused(options[0] + ": a blend acts on results, and is no matrix");
        }
        assertFalse(Files.exists(out));
    }

    @Test
    void whatCannotBeIsOneSentence() {
        outcome("apply", Stream.of("--v", v, "--adaptive", "eta"))
                .assertRefused("'eta' is unknown; the rules are dev, scale");
        outcome("apply", Stream.of("--v", v, "--blend", "Infinity"))
                .assertRefused("--blend must be finite");
        assertFalse(Files.exists(out));
    }

    /** A blended circulation is analysed by its operator, and applied blended. */
    @Test
    void analyzeTakesBlends() {
        String table = Outcome.of("analyze", "--q", q, "--k", k, "--circulation", 0, "--blend", 0.5, "--adaptive", "dev")
                .assertDone().out();
        assertTrue(table.contains("circulation") && table.contains("\nAll checks passed.\n"), table);
    }
}
