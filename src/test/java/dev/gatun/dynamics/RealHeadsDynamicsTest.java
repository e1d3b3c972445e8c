package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.model.MiniLm;
import dev.gatun.reference.ReferenceDynamics;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScaling;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The dynamics of all 72 heads of a trained transformer against float64 definitions. Prints the largest relative deviations, and what
 * the heads are like, one line a length of text.
 */
class RealHeadsDynamicsTest {

    private static final double TAU = 1 / Math.sqrt(MiniLm.DIMENSION);

    /** The largest error of each figure, relative to itself. */
    private static final Map<String, Double> BOUNDS = Map.of("stationary distribution", 1e-12, "entropy production", 1e-12,
            "largest current", 1e-12, "total current", 1e-12, "gap", 1e-6, "curl", 1e-12);

    private final Map<String, Double> largest = new TreeMap<>();
    private final Map<String, List<Double>> figures = new TreeMap<>();
    private final List<HeadFigures> found = new ArrayList<>();

    /** The figures of a head for the table in native-notes/dynamics.md. */
    private record HeadFigures(int layer, int head, double entropyProduction, double share, double onFirst, Cycle cycle) {

        /** A current of less than a tenth of the flow. */
        boolean nearEquilibrium() {
            return share < 0.1;
        }

        /** The most frequent distance of consecutive tokens of its strongest cycle. */
        int step() {
            List<Integer> way = cycle.tokens();
            return IntStream.range(0, way.size()).map(t -> way.get((t + 1) % way.size()) - way.get(t)).sorted().toArray()[way.size() / 2];
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128})
    void attentionAgreesOnAllHeads(int tokens) {
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
        System.out.println(summary(tokens));
        largest.forEach((what, error) -> System.out.printf(Locale.ROOT, "%4d tokens %-24s off by %.2g%n", tokens, what, error));
        figures.forEach((what, values) -> System.out.printf(Locale.ROOT, "%4d tokens %-24s %s%n", tokens, what, quartiles(values)));
        assertAll(BOUNDS.entrySet().stream().map(bound -> () -> assertTrue(largest.get(bound.getKey()) <= bound.getValue(),
                "%s is off by %s".formatted(bound.getKey(), largest.get(bound.getKey())))));
    }

    @Tag("thorough")
    @Test
    void attentionAgreesOnALongText() {
        compare(256, MiniLm.LONG_TEXT_STRIDE);
    }

    private String summary(int tokens) {
        HeadFigures driven = found.stream().max(Comparator.comparingDouble(HeadFigures::entropyProduction)).orElseThrow();
        return String.format(Locale.ROOT, "%4d tokens: %d of %d heads near equilibrium, %d with most of the stationary distribution on "
                + "token 0, most driven layer %d head %d (%.3g nats a step, current %.2g of flow, %.2g on token 0, its cycle of %d tokens "
                + "by steps of %d)",
                tokens, found.stream().filter(HeadFigures::nearEquilibrium).count(), found.size(),
                found.stream().filter(head -> head.onFirst() > 0.5).count(), driven.layer(), driven.head(),
                driven.entropyProduction(), driven.share(), driven.onFirst(), driven.cycle().tokens().size(), driven.step());
    }

    private void compare(MiniLm.Heads model, int layer, int head) {
        float[] q = model.queries(layer, head);
        float[] k = model.keys(layer, head);
        int n = model.tokens();
        double[][] q64 = ReferenceMatrix.of(q, n, MiniLm.DIMENSION);
        double[][] k64 = ReferenceMatrix.of(k, n, MiniLm.DIMENSION);
        double[][] p = ReferenceSoftmax.attention(q64, k64, TAU, 1, false);
        double[] pi = ReferenceDynamics.stationary(p);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(Matrix.copyOf(arena, q, n, MiniLm.DIMENSION), Matrix.copyOf(arena, k, n, MiniLm.DIMENSION));
            Dynamics dynamics = Dynamics.of(scores.attention(), 0);
            for (int i = 0; i < n; i++) {
                note("stationary distribution", dynamics.stationary().pi()[i], pi[i]);
            }
            note("entropy production", dynamics.entropyProduction(), ReferenceDynamics.entropyProduction(p, pi));
            note("largest current", dynamics.currents().maxCurrent(), ReferenceDynamics.maxCurrent(p, pi));
            note("total current", dynamics.currents().total(), ReferenceDynamics.totalCurrent(p, pi));
            note("gap", dynamics.spectralGap(), ReferenceDynamics.spectralGap(p));
            note("curl", scores.curlFraction(0), ReferenceDynamics.curlFraction(ReferenceScores.scores(q64, k64, TAU)));
            assertEquals(1, dynamics.stationary().closedClasses());
            assertEquals(Regime.NESS, dynamics.regime());
            describe(dynamics, scores.curlFraction(0));
            found.add(new HeadFigures(layer, head, dynamics.entropyProduction(), dynamics.currents().total() / dynamics.currents().flow(),
                    dynamics.stationary().pi()[0], dynamics.cycles(1).getFirst()));
        }
    }

    /** The largest errors of operators other than attention: couplings have marginals within 1e-6. */
    private static final Map<String, Double> OTHERS = Map.of("backward", 1e-12, "circulation", 1e-12, "attention-column", 1e-12,
            "bistochastic", 2e-6, "bistochastic-backward", 2e-6);

    @ParameterizedTest
    @ValueSource(ints = {64})
    void otherOperatorsProduceTheEntropyThatTheyShould(int n) {
        MiniLm.Heads model = MiniLm.shared().run(n);
        for (int layer = 0; layer < model.layers(); layer++) {
            for (int head = 0; head < model.heads(); head++) {
                others(model.queries(layer, head), model.keys(layer, head), n);
            }
        }
        OTHERS.keySet().forEach(what -> System.out.printf(Locale.ROOT, "%4d tokens entropy of %-22s off by %.2g%n", n, what,
                largest.get(what)));
        assertAll(OTHERS.entrySet().stream().map(bound -> () -> assertTrue(largest.get(bound.getKey()) <= bound.getValue(),
                "%s is off by %s".formatted(bound.getKey(), largest.get(bound.getKey())))));
    }

    private void others(float[] q, float[] k, int n) {
        double[][] q64 = ReferenceMatrix.of(q, n, MiniLm.DIMENSION);
        double[][] k64 = ReferenceMatrix.of(k, n, MiniLm.DIMENSION);
        double[][] s = ReferenceScores.scores(q64, k64, TAU);
        double[][] backward = ReferenceSoftmax.backward(q64, k64, TAU, 1, false);
        double[][] plan = ReferenceScaling.bistochastic(ReferenceScores.logKernel(ReferenceScores.forward(s), 1));
        double[] uniform = ReferenceMatrix.constant(n, 1.0 / n);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(Matrix.copyOf(arena, q, n, MiniLm.DIMENSION), Matrix.copyOf(arena, k, n, MiniLm.DIMENSION));
            noteEntropy("backward", scores.backward(), backward, ReferenceDynamics.stationary(backward));
            noteEntropy("attention-column", scores.attentionColumn(), backward, ReferenceDynamics.stationary(backward));
            double[][] circulation = ReferenceSoftmax.rowSoftmax(ReferenceScores.circulation(s, -0.5));
            noteEntropy("circulation", scores.circulation(-0.5), circulation, ReferenceDynamics.stationary(circulation));
            noteEntropy("bistochastic", scores.sinkhorn(Sinkhorn.tolerance(1e-6)).requireConverged().operator(), plan, uniform);
            noteEntropy("bistochastic-backward", scores.sinkhorn(Divergence.BACKWARD, Sinkhorn.tolerance(1e-6)).requireConverged()
                    .operator(), ReferenceMatrix.transpose(plan), uniform);
            Dynamics diffusion = Dynamics.of(scores.diffusion(), 0);
            assertEquals(Regime.EQUILIBRIUM, diffusion.regime());
            assertEquals(0, diffusion.entropyProduction(), 1e-20);
        }
    }

    private void noteEntropy(String what, Operator operator, double[][] p, double[] rho) {
        note(what, Dynamics.of(operator, 0).entropyProduction(), ReferenceDynamics.entropyProduction(p, rho));
    }

    private void describe(Dynamics dynamics, double curl) {
        double[] pi = dynamics.stationary().pi();
        double min = 1;
        for (double mass : pi) {
            min = Math.min(min, mass);
        }
        figure("sigma", dynamics.entropyProduction());
        figure("gap", dynamics.spectralGap());
        figure("curl", curl);
        figure("smallest mass", min);
        figure("current / flow", dynamics.currents().total() / dynamics.currents().flow());
    }

    private void figure(String what, double value) {
        figures.computeIfAbsent(what, name -> new ArrayList<>()).add(value);
    }

    private static String quartiles(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int last = sorted.size() - 1;
        return String.format(Locale.ROOT, "%.2g, %.2g, %.2g, %.2g, %.2g (quartiles and ends)", sorted.getFirst(),
                sorted.get(last / 4), sorted.get(last / 2), sorted.get(3 * last / 4), sorted.getLast());
    }

    private void note(String what, double found, double truth) {
        largest.merge(what, Math.abs(found - truth) / Math.abs(truth), Math::max);
    }
}
