package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.model.MiniLm;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScaling;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operator on all 72 heads of a trained transformer, against the model's own softmax and the float64 references.
 * Prints the largest errors, one line a length of text.
 */
class RealHeadsTest {

    private static final double TAU = 1 / Math.sqrt(MiniLm.DIMENSION);
    private static final double CHARGE = 0.25;

    /** What each operator may be off by, at most, in any entry. */
    private static final Map<String, Double> BOUNDS = Map.ofEntries(
            Map.entry("attention (model)", 5e-6), Map.entry("attention", 5e-6), Map.entry("attention x V", 2e-5),
            Map.entry("attention-column", 1e-5), Map.entry("backward", 1e-5), Map.entry("backward-column", 1e-5),
            Map.entry("diffusion", 1e-5), Map.entry("diffusion, alpha 1", 1e-5), Map.entry("magnetic", 3e-5),
            Map.entry("bistochastic sums", 3e-5), Map.entry("bistochastic", 3e-5),
            Map.entry("bistochastic-backward sums", 3e-5), Map.entry("bistochastic-backward", 3e-5),
            Map.entry("bistochastic potentials", 1e-3), Map.entry("bistochastic-backward potentials", 1e-3),
            Map.entry("bistochastic-diffusion potentials", 1e-3), Map.entry("bistochastic-diffusion sums", 3e-5), Map.entry("bistochastic-diffusion", 3e-5));

    private final Map<String, Double> largest = new TreeMap<>();
    private final Map<String, List<Integer>> sweeps = new TreeMap<>();
    private final List<String> notConverged = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(ints = {16, 64, 128})
    void everyOperatorAgreesOnAllHeads(int tokens) {
        compare(tokens, 1);
    }

    /** Of each layer, every {@code stride}-th head. */
    private void compare(int tokens, int stride) {
        MiniLm.Heads model = MiniLm.shared().run(tokens);
        for (int layer = 0; layer < model.layers(); layer++) {
            for (int head = layer % stride; head < model.heads(); head += stride) {
                compare(model, layer, head);
            }
        }
        largest.forEach((what, error) -> System.out.printf(Locale.ROOT, "%4d tokens %-28s %.2g%n", tokens, what, error));
        sweeps.forEach((what, counts) -> System.out.printf("%4d tokens %-28s %s%n", tokens, what, distribution(counts)));
        assertAll(BOUNDS.entrySet().stream().map(bound -> () -> assertTrue(
                largest.get(bound.getKey()) <= bound.getValue(),
                "%s is off by %s".formatted(bound.getKey(), largest.get(bound.getKey())))));
        assertEquals(List.of(), notConverged);
        assertTrue(quantile(sweeps.get("bistochastic sweeps"), 0.5) <= 12);
    }

    @Tag("thorough")
    @Test
    void everyOperatorAgreesOnALongText() {
        compare(256, MiniLm.LONG_TEXT_STRIDE);
    }

    private static String distribution(List<Integer> counts) {
        return "%d, %d, %d, %d, %d (quartiles and ends)".formatted(quantile(counts, 0), quantile(counts, 0.25),
                quantile(counts, 0.5), quantile(counts, 0.75), quantile(counts, 1));
    }

    private static int quantile(List<Integer> counts, double part) {
        return counts.stream().sorted().skip(Math.round(part * (counts.size() - 1))).findFirst().orElseThrow();
    }

    private void compare(MiniLm.Heads model, int layer, int head) {
        int n = model.tokens();
        float[] q = model.queries(layer, head);
        float[] k = model.keys(layer, head);
        double[][] q64 = ReferenceMatrix.of(q, n, MiniLm.DIMENSION);
        double[][] k64 = ReferenceMatrix.of(k, n, MiniLm.DIMENSION);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(Matrix.copyOf(arena, q, n, MiniLm.DIMENSION),
                    Matrix.copyOf(arena, k, n, MiniLm.DIMENSION));
            softmaxes(scores, q64, k64, ReferenceMatrix.of(model.softmax(layer, head), n, n), arena);
            values(scores, Matrix.copyOf(arena, model.values(layer, head), n, MiniLm.DIMENSION),
                    ReferenceMatrix.of(model.attended(layer, head), n, MiniLm.DIMENSION), arena);
            magnetic(scores, q64, k64, arena);
            String name = "(%d, %d)".formatted(layer, head);
            double[][] s = ReferenceScores.scores(q64, k64, TAU);
            double[][] plan = sinkhorn("bistochastic", name, scores, Divergence.FORWARD,
                    ReferenceScores.logKernel(ReferenceScores.forward(s), 1), null, arena);
            sinkhorn("bistochastic-backward", name, scores, Divergence.BACKWARD,
                    ReferenceScores.logKernel(ReferenceScores.backward(s), 1), plan, arena);
            sinkhorn("bistochastic-diffusion", name, scores, Divergence.SYMMETRIC,
                    ReferenceScores.logKernel(ReferenceScores.symmetric(s), 1), null, arena);
        }
    }

    private void softmaxes(Scores scores, double[][] q, double[][] k, double[][] model, Arena arena) {
        int n = q.length;
        Map<String, double[][]> truths = Map.of(
                "attention (model)", model,
                "attention", ReferenceSoftmax.attention(q, k, TAU, 1, false),
                "attention-column", ReferenceSoftmax.attentionColumn(q, k, TAU, 1, false),
                "backward", ReferenceSoftmax.backward(q, k, TAU, 1, false),
                "backward-column", ReferenceSoftmax.backwardColumn(q, k, TAU, 1, false),
                "diffusion", ReferenceDiffusion.transition(q, k, TAU, 1, 0, false),
                "diffusion, alpha 1", ReferenceDiffusion.transition(q, k, TAU, 1, 1, false));
        Map<String, Operator> operators = Map.of(
                "attention (model)", scores.attention(),
                "attention", scores.attention(),
                "attention-column", scores.attentionColumn(),
                "backward", scores.backward(),
                "backward-column", scores.backwardColumn(),
                "diffusion", scores.diffusion(),
                "diffusion, alpha 1", scores.diffusion(1));
        Matrix out = Matrix.allocate(arena, n, n);
        operators.forEach((what, operator) -> {
            operator.matrix(out);
            record(what, ReferenceMatrix.maxAbsDifference(entries(out), truths.get(what)));
        });
    }

    private void values(Scores scores, Matrix v, double[][] attended, Arena arena) {
        Matrix out = Matrix.allocate(arena, v.rows(), v.columns());
        scores.attention().apply(v, out);
        record("attention x V", ReferenceMatrix.maxAbsDifference(entries(out), attended));
    }

    private void magnetic(Scores scores, double[][] q, double[][] k, Arena arena) {
        int n = q.length;
        Matrix out = Matrix.allocate(arena, n, 2 * n);
        scores.magnetic(CHARGE).matrix(out);
        ReferenceMagnetic.Complex truth = ReferenceMagnetic.transition(q, k, TAU, 1, 0, CHARGE, false);
        double error = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                error = Math.max(error, Math.hypot(out.get(i, 2 * j) - truth.real()[i][j],
                        out.get(i, 2 * j + 1) - truth.imaginary()[i][j]));
            }
        }
        record("magnetic", error);
    }

    /** Checks a converged plan; returns the true one. */
    private double[][] sinkhorn(String what, String head, Scores scores, Divergence divergence, double[][] z,
                                double[][] transposedTruth, Arena arena) {
        SinkhornResult result = scores.sinkhorn(divergence, Sinkhorn.bistochastic());
        if (!result.converged()) {
            notConverged.add("%s of head %s, %s".formatted(what, head, result.heads().getFirst().reason()));
            return null;
        }
        sweeps.computeIfAbsent(what + " sweeps", name -> new ArrayList<>()).add(result.heads().getFirst().iterations());
        Matrix out = Matrix.allocate(arena, z.length, z.length);
        result.operator().matrix(out);
        double[][] plan = entries(out);
        double[] ones = ReferenceMatrix.constant(z.length, 1);
        record(what + " sums", Math.max(ReferenceMatrix.maxAbsDifference(ReferenceMatrix.rowSums(plan), ones),
                ReferenceMatrix.maxAbsDifference(ReferenceMatrix.columnSums(plan), ones)));
        double[][] truth = transposedTruth == null ? ReferenceScaling.bistochastic(z)
                : ReferenceMatrix.transpose(transposedTruth);
        record(what, ReferenceMatrix.maxAbsDifference(plan, truth));
        record(what + " potentials", distanceOfPotentials(result.heads().getFirst(), truth, z));
        return truth;
    }

    /** Of those that {@code log Pi_ij - z_ij = u_i + v_j} gives, with the mean of v at 0. */
    private static double distanceOfPotentials(SinkhornSolution solution, double[][] truth, double[][] z) {
        int n = z.length;
        double distance = 0;
        double[] u = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                u[i] += (Math.log(truth[i][j]) - z[i][j]) / n;
            }
            distance = Math.max(distance, Math.abs(u[i] - solution.u()[i]));
        }
        for (int j = 0; j < n; j++) {
            distance = Math.max(distance, Math.abs(Math.log(truth[0][j]) - z[0][j] - u[0] - solution.v()[j]));
        }
        return distance;
    }

    private static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    private void record(String what, double error) {
        largest.merge(what, error, Math::max);
    }
}
