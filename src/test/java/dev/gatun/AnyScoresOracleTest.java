package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operator of scores with a bias, and of scores given by their entries, against its definition in float64. */
class AnyScoresOracleTest {

    private static final double REAL = 5e-6;
    private static final double COMPLEX = 1e-5;
    private static final int COMPONENTS = 3;

    private static final Map<String, Function<Scores, Operator>> OPERATORS = new LinkedHashMap<>();
    private static final Map<String, Function<BiasedProblem, double[][]>> TRUTHS = new LinkedHashMap<>();

    private static void operator(String name, Function<Scores, Operator> operator, Function<BiasedProblem, double[][]> truth) {
        OPERATORS.put(name, operator);
        TRUTHS.put(name, truth);
    }

    static {
        operator("attention", Scores::attention, p -> ReferenceSoftmax.rowSoftmax(p.logScores()));
        operator("attention-column", Scores::attentionColumn, p -> ReferenceSoftmax.columnSoftmax(p.logForward()));
        operator("backward", Scores::backward, p -> ReferenceSoftmax.rowSoftmax(p.logBackward()));
        operator("backward-column", Scores::backwardColumn, p -> ReferenceSoftmax.columnSoftmax(p.logBackward()));
        for (double alpha : new double[] {0, 1}) {
            operator("diffusion " + alpha, scores -> scores.diffusion(alpha),
                    p -> ReferenceDiffusion.transition(p.logSymmetric(), alpha));
        }
        for (double c : new double[] {-1, 0, 0.5, 1, 1.7}) {
            operator("circulation " + c, scores -> scores.circulation(c), p -> ReferenceSoftmax.rowSoftmax(p.logCirculation(c)));
        }
    }

    /** In single and in double precision, with and without pairs that are forbidden, beside other masks. */
    static Stream<BiasedProblem> squares() {
        List<BiasedProblem> problems = new ArrayList<>();
        for (int n : new int[] {1, 7, 64, 65}) {
            for (int d : new int[] {0, 5}) {
                for (int hidden : new int[] {0, 3}) {
                    BiasedProblem problem = BiasedProblem.of(n + d, n, n, d, 1, hidden, true);
                    problems.addAll(List.of(problem, problem.withZeroDiagonal().withMask(), problem.withBeta(30)));
                }
            }
        }
        problems.add(BiasedProblem.of(2, 130, 130, 33, 1, 4, true).withMask());
        problems.add(BiasedProblem.of(3, 70, 70, 9, 300, 2, true));
        problems.add(BiasedProblem.of(4, 129, 129, 0, 1e4, 5, true).withZeroDiagonal());
        return problems.stream();
    }

    static Stream<BiasedProblem> rectangles() {
        return Stream.of(new int[] {1, 70, 0}, new int[] {66, 1, 4}, new int[] {63, 130, 8}, new int[] {130, 64, 0})
                .flatMap(shape -> Stream.of(0, 3).map(hidden ->
                        BiasedProblem.of(shape[0], shape[0], shape[1], shape[2], 1, hidden, false)))
                .flatMap(problem -> Stream.of(problem, problem.withMask(), problem.withBeta(40)));
    }

    @ParameterizedTest
    @MethodSource("squares")
    void softmaxesWithinASequence(BiasedProblem problem) {
        for (String name : OPERATORS.keySet()) {
            compare(problem, name);
        }
    }

    @ParameterizedTest
    @MethodSource("rectangles")
    void softmaxesAcrossTwo(BiasedProblem problem) {
        compare(problem, "attention");
        compare(problem, "attention-column");
    }

    /** A token that may not see itself has no self-score, which attention, the column form of the backward message and circulation need not. */
    @ParameterizedTest
    @MethodSource("blind")
    void tokensThatMayNotSeeThemselves(BiasedProblem problem) {
        for (String name : List.of("attention", "circulation 0.5", "circulation -1.0")) {
            compare(problem, name);
        }
        try (Arena arena = Arena.ofConfined()) {
            double[][] truth = ReferenceMatrix.transpose(ReferenceSoftmax.rowSoftmax(problem.logScores()));
            compare(problem, "backward-column", problem.scores(arena).backwardColumn(), truth, arena);
        }
    }

    static Stream<BiasedProblem> blind() {
        return Stream.of(BiasedProblem.of(1, 65, 65, 6, 1, 2, false), BiasedProblem.of(2, 33, 33, 0, 40, 3, false));
    }

    private static void compare(BiasedProblem problem, String name) {
        try (Arena arena = Arena.ofConfined()) {
            compare(problem, name, OPERATORS.get(name).apply(problem.scores(arena)), TRUTHS.get(name).apply(problem), arena);
        }
    }

    private static void compare(BiasedProblem problem, String name, Operator operator, double[][] truth, Arena arena) {
        Matrix matrix = Matrix.allocate(arena, problem.n(), problem.m());
        operator.matrix(matrix);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, entries(matrix)), REAL, name + " of " + problem);
        Matrix v = values(problem, arena);
        Matrix product = Matrix.allocate(arena, problem.n(), COMPONENTS);
        operator.apply(v, product);
        double mass = Math.max(1, Arrays.stream(ReferenceMatrix.rowSums(truth)).max().orElseThrow());
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.multiply(truth, entries(v)), entries(product)), REAL * mass,
                name + " x V of " + problem);
    }

    private static Matrix values(BiasedProblem problem, Arena arena) {
        float[] entries = new float[problem.m() * COMPONENTS];
        for (int e = 0; e < entries.length; e++) {
            entries[e] = (float) Math.sin(e);
        }
        return Matrix.copyOf(arena, entries, problem.m(), COMPONENTS);
    }

    private static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    @ParameterizedTest
    @MethodSource("squares")
    void magneticDiffusion(BiasedProblem problem) {
        for (double[] setting : new double[][] {{0.25, 0}, {1.7, 1}}) {
            ReferenceMagnetic.Complex truth = ReferenceMagnetic.transition(
                    ReferenceDiffusion.logNormalised(problem.logSymmetric(), setting[1]), problem.direction(), setting[0]);
            try (Arena arena = Arena.ofConfined()) {
                Matrix matrix = Matrix.allocate(arena, problem.n(), 2 * problem.n());
                MagneticOperator operator = problem.scores(arena).magnetic(setting[0], setting[1]);
                operator.matrix(matrix);
                for (int i = 0; i < problem.n(); i++) {
                    for (int j = 0; j < problem.n(); j++) {
                        assertEquals(truth.real()[i][j], matrix.get(i, 2 * j), COMPLEX, problem.name());
                        assertEquals(truth.imaginary()[i][j], matrix.get(i, 2 * j + 1), COMPLEX, problem.name());
                    }
                }
                Matrix v = values(problem, arena);
                Matrix product = Matrix.allocate(arena, problem.n(), 2 * COMPONENTS);
                operator.apply(v, product);
                double[][] real = ReferenceMatrix.multiply(truth.real(), entries(v));
                for (int i = 0; i < problem.n(); i++) {
                    for (int c = 0; c < COMPONENTS; c++) {
                        assertEquals(real[i][c], product.get(i, 2 * c), COMPLEX, problem.name());
                    }
                }
            }
        }
    }

    /** The same to the last bit for any number of workers, and for a bias of all heads as for copies of it, of any type of element. */
    @ParameterizedTest
    @MethodSource("blind")
    void workersAndStorageChangeNoBit(BiasedProblem problem) {
        try (Arena arena = Arena.ofConfined(); var pool = Executors.newFixedThreadPool(2)) {
            Matrix v = values(problem, arena);
            Matrix expected = Matrix.allocate(arena, problem.n(), COMPONENTS);
            problem.scores(arena).attention().apply(v, expected);
            Matrix actual = Matrix.allocate(arena, problem.n(), COMPONENTS);
            problem.scores(arena).withWorkers(Workers.of(pool, 3)).attention().apply(v, actual);
            assertArrayEquals(expected.toArray(), actual.toArray());

            Heads rows = Heads.allocate(arena, 1, problem.n() + 3, problem.m() + 5);
            for (int i = 0; i < problem.n(); i++) {
                for (int j = 0; j < problem.m(); j++) {
                    rows.matrix(0).set(i, j, problem.bias()[i * problem.m() + j]);
                }
            }
            Heads strided = Heads.strided(rows.segment(), 0, new int[] {1}, problem.n(), problem.m(), 0, 0, problem.m() + 5);
            problem.scores(strided, arena).attention().apply(v, actual);
            assertArrayEquals(expected.toArray(), actual.toArray());
        }
    }

    /** One bias for each head, with grouped keys; stored in two bytes an entry. */
    @Test
    void heads() {
        try (Arena arena = Arena.ofConfined()) {
            Heads q = Heads.allocate(arena, 4, 5, 3);
            Heads k = Heads.allocate(arena, 2, 6, 3);
            MemorySegment stored = arena.allocate(4 * 5 * 6 * 2L);
            Heads bias = Heads.of(stored, 0, ElementType.BFLOAT16, 4, 5, 6);
            Heads same = Heads.allocate(arena, 4, 5, 6);
            for (int head = 0; head < 4; head++) {
                for (int i = 0; i < 5; i++) {
                    for (int c = 0; c < 3; c++) {
                        q.matrix(head).set(i, c, (float) Math.cos(7 * head + 3 * i + c));
                    }
                    for (int j = 0; j < 6; j++) {
                        k.matrix(head / 2).set(j, j % 3, j + head / 2);
                        float b = (i + j + head) % 4 == 0 ? Float.NEGATIVE_INFINITY : (i * j - head) / 4f;
                        same.matrix(head).set(i, j, b);
                        stored.setAtIndex(ValueLayout.JAVA_SHORT, (head * 5 + i) * 6 + j, (short) (Float.floatToRawIntBits(b) >> 16));
                    }
                }
            }
            Heads out = Heads.allocate(arena, 4, 5, 6);
            Heads other = Heads.allocate(arena, 4, 5, 6);
            Scores.of(q, k).withBias(bias).attention().matrix(out);
            Scores.of(q, k).withBias(same).attention().matrix(other);
            for (int head = 0; head < 4; head++) {
                double[][] s = ReferenceMatrix.add(
                        ReferenceScores.scores(entries(q.matrix(head)), entries(k.matrix(head / 2))), entries(same.matrix(head)));
                assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceSoftmax.rowSoftmax(s), entries(out.matrix(head))), REAL);
                assertArrayEquals(other.matrix(head).toArray(), out.matrix(head).toArray());
            }
        }
    }
}
