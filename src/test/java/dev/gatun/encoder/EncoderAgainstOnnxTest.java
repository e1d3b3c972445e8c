package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.ElementType;
import dev.gatun.internal.encoder.FileTensors;
import dev.gatun.internal.weights.EncoderFile;
import dev.gatun.model.OnnxEncoder;
import dev.gatun.model.TrainedModels;
import dev.gatun.reference.ReferenceEncoder;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trained encoders against ONNX Runtime and float64, on random tokens. */
class EncoderAgainstOnnxTest {

    private static final String MINI_LM = "all-minilm-l6-v2";
    private static final double STATES = 2e-5;
    private static final double COSINE = 0.9999999;
    private static final double BFLOAT16_COSINE = 0.9999;

    private static final int CLS = 101;
    private static final int SEP = 102;

    @Test
    @Tag("any-width")
    void miniLmIsThatOfOnnxRuntime() {
        compare(MINI_LM, 1, 2, 5, 17, 70, 512);
    }

    @ParameterizedTest
    @ValueSource(strings = {MINI_LM, "bge-small-en-v1.5", "e5-small-v2"})
    @Tag("models")
    void modelsAreThoseOfOnnxRuntime(String name) {
        compare(name, 1, 2, 3, 5, 8, 16, 17, 64, 100, 128, 256, 511, 512);
    }

    private static void compare(String name, int... lengths) {
        EncoderModel model = EncoderModel.load(TrainedModels.path(name));
        EncoderModel narrow = EncoderModel.load(TrainedModels.path(name), EncoderOptions.defaults().withWeights(ElementType.BFLOAT16));
        EncoderPlan plan = EncoderPlan.of(model, 512, 1);
        EncoderPlan narrowPlan = EncoderPlan.of(narrow, 512, 1);
        int hidden = model.config().hidden();
        double furthest = 0;
        double least = 1;
        double leastNarrow = 1;
        try (OnnxEncoder onnx = OnnxEncoder.open("/" + name)) {
            for (int tokens : lengths) {
                int[] ids = ids(tokens, tokens);
                float[] theirs = onnx.hiddenStates(ids);
                float[] ours = EncoderPlanTest.states(plan, hidden, ids);
                furthest = Math.max(furthest, furthest(ours, theirs));
                double[] embedding = pooled(model.config().pooling(), theirs, tokens, hidden);
                least = Math.min(least, cosine(EncoderPlanTest.embeddings(plan, hidden, ids)[0], embedding));
                leastNarrow = Math.min(leastNarrow, cosine(EncoderPlanTest.embeddings(narrowPlan, hidden, ids)[0], embedding));
            }
        }
        System.out.printf("%s: states within %.2g, 1 - cosine %.2g, with bfloat16 weights %.2g%n", name, furthest, 1 - least,
                1 - leastNarrow);
        assertTrue(furthest <= STATES, "states are off by " + furthest);
        assertTrue(least >= COSINE, "a cosine is " + least);
        assertTrue(leastNarrow >= BFLOAT16_COSINE, "a cosine with bfloat16 weights is " + leastNarrow);
    }

    /** The root of the mean squared difference from float64 is no larger than that of ONNX Runtime. */
    @Test
    @Tag("any-width")
    void statesAreAsAccurateAsThoseOfOnnxRuntime() {
        double ours = 0;
        double theirs = 0;
        EncoderModel model = EncoderModel.load(TrainedModels.path(MINI_LM));
        EncoderPlan plan = EncoderPlan.of(model, 64, 1);
        try (OnnxEncoder onnx = OnnxEncoder.open("/" + MINI_LM); EncoderFile file = EncoderFile.open(TrainedModels.path(MINI_LM))) {
            ReferenceEncoder reference = new ReferenceEncoder(new FileTensors(file), model.config().layers(), model.config().heads(),
                    model.config().epsilon());
            for (int tokens : new int[] {3, 9, 24, 40}) {
                int[] ids = ids(tokens, 100 + tokens);
                double[][] truth = reference.hiddenStates(ids, ReferenceEncoder.ATTENTION);
                ours += squares(EncoderPlanTest.states(plan, 384, ids), truth);
                theirs += squares(onnx.hiddenStates(ids), truth);
            }
        }
        System.out.printf("%s: root mean squared differences from float64 of %.3g, of ONNX Runtime %.3g%n", MINI_LM,
                Math.sqrt(ours / 76 / 384), Math.sqrt(theirs / 76 / 384));
        assertTrue(ours <= theirs, ours + " > " + theirs);
    }

    private static double squares(float[] states, double[][] truth) {
        double sum = 0;
        assertEquals(truth.length * truth[0].length, states.length);
        for (int i = 0; i < states.length; i++) {
            double difference = states[i] - truth[i / truth[0].length][i % truth[0].length];
            sum += difference * difference;
        }
        return sum;
    }

    private static int[] ids(int count, long seed) {
        int[] ids = new Random(seed).ints(count, 1000, 29_000).toArray();
        ids[0] = CLS;
        ids[count - 1] = count == 1 ? CLS : SEP;
        return ids;
    }

    private static double furthest(float[] ours, float[] theirs) {
        assertEquals(theirs.length, ours.length);
        double furthest = 0;
        for (int i = 0; i < ours.length; i++) {
            furthest = Math.max(furthest, Math.abs(ours[i] - theirs[i]));
        }
        return furthest;
    }

    private static double[] pooled(Pooling pooling, float[] states, int tokens, int hidden) {
        double[] sums = new double[hidden];
        for (int i = 0; i < (pooling == Pooling.CLS ? 1 : tokens) * hidden; i++) {
            sums[i % hidden] += states[i];
        }
        return sums;
    }

    private static double cosine(float[] ours, double[] theirs) {
        double product = 0;
        double square = 0;
        double squareTheirs = 0;
        for (int c = 0; c < ours.length; c++) {
            product += ours[c] * theirs[c];
            square += ours[c] * (double) ours[c];
            squareTheirs += theirs[c] * theirs[c];
        }
        return product / Math.sqrt(square * squareTheirs);
    }
}
