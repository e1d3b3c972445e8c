package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceEncoder;
import dev.gatun.reference.ReferenceHopfield;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSoftmax;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators in place of attention: their description, and models that run them against float64. */
class RegimesTest {

    /** A coupling is off by its tolerance, 1e-5, times values and weights of the layers above. */
    private static final double TOLERANCE = 8e-5;

    private static final int[] IDS = RandomEncoder.ids(new Random(3), 33);

    @ParameterizedTest
    @Tag("any-width")
    @ValueSource(strings = {"", "attention beta 2", "attention-column", "backward", "backward-column", "diffusion", "diffusion alpha 0.5",
            "bistochastic", "bistochastic-backward", "bistochastic-diffusion beta 0.5", "circulation 0.8",
            "circulation -1.5 blend 0.5 adaptive dev beta 2", "circulation 2 adaptive scale adaptive-blend", "layer 0: bistochastic",
            "layer 3 head 5: circulation 0.8", "head 2: backward", "layer 1-3 head 0-1: diffusion",
            "diffusion; layer 0: bistochastic; layer 3 head 5: circulation 0.8"})
    void textsAreReadAndWritten(String text) {
        assertEquals(text, Regimes.parse(text).toString());
        assertEquals(Regimes.parse(text), Regimes.parse("  " + text.replace(" ", "  ").replace(":", " :") + " "));
    }

    @Test
    @Tag("any-width")
    void descriptionsAreThoseOfTheMethods() {
        assertEquals("bistochastic", HeadRegime.bistochastic(Divergence.FORWARD).toString());
        assertEquals("bistochastic-backward", HeadRegime.bistochastic(Divergence.BACKWARD).toString());
        assertEquals("bistochastic-diffusion", HeadRegime.bistochastic(Divergence.SYMMETRIC).toString());
        assertEquals("attention-column", HeadRegime.attentionColumn().toString());
        assertEquals("backward-column beta 3", HeadRegime.backwardColumn().withBeta(3).toString());
        assertEquals("circulation 0.25 blend 2 adaptive scale adaptive-blend beta 0.5", HeadRegime.circulation(0.25).withBlend(2)
                .adaptive(Adaptation.SCALE).withAdaptiveBlend().withBeta(0.5).toString());
        assertEquals(Regimes.parse("diffusion; layer 2: backward; layer 1 head 0: attention"), Regimes.all(HeadRegime.diffusion(0))
                .withLayer(2, HeadRegime.backward()).withHead(1, 0, HeadRegime.attention()));
        assertEquals(Regimes.none(), Regimes.parse(" "));
        assertEquals(Regimes.parse("diffusion"), Regimes.parse("all: diffusion"));
        assertNotEquals(Regimes.none(), Regimes.parse("attention"));
    }

    @Test
    @Tag("any-width")
    void theLaterChoiceCounts() {
        Regimes regimes = Regimes.parse("bistochastic; layer 1-2: backward; layer 2 head 1: attention; head 3: diffusion;");
        assertEquals("bistochastic", regimes.regime(0, 0).toString());
        assertEquals("backward", regimes.regime(2, 0).toString());
        assertEquals("attention", regimes.regime(2, 1).toString());
        assertEquals("diffusion", regimes.regime(1, 3).toString());
        assertEquals("attention", Regimes.none().regime(7, 9).toString());
    }

    @ParameterizedTest
    @Tag("any-width")
    @CsvSource(delimiter = '|', value = {
            "bistochastik | character 1: 'bistochastik', where an operator, one of attention, attention-column,",
            "layer 0 bistochastic | character 9: 'bistochastic', where a colon is expected",
            "layer x: diffusion | character 7: 'x', where the number of a layer is expected",
            "layer -1: diffusion | character 7: '-1', where the number of a layer is expected",
            "layer 3-1: diffusion | character 7: '3-1', where a range whose last layer is not below the first is expected",
            "layer 0 head: diffusion | character 13: ':', where the number of a head is expected",
            "layer 0: | character 9: the end, where an operator",
            "circulation | character 12: the end, where a number, the circulation is expected",
            "circulation x | character 13: 'x', where a number, the circulation is expected",
            "circulation NaN | character 13: 'NaN', where a finite number, the circulation is expected",
            "circulation 1 adaptive no | character 24: 'no', where dev or scale is expected",
            "diffusion beta 0 | character 16: beta must be positive, not 0.0",
            "diffusion blend 1 | character 11: 'blend', where alpha or beta is expected",
            "bistochastic alpha 1 | character 14: 'alpha', where beta is expected",
            "all head 3: diffusion | character 5: 'head', where a colon is expected",
            "; diffusion | character 1: ';', where an operator"})
    void faultsSayWhere(String text, String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> Regimes.parse(text)).getMessage();
        assertTrue(message.startsWith("regimes '" + text + "', ") && message.contains(expected), message);
        assertTrue(message.indexOf('\n') < 0, message);
    }

    @Test
    @Tag("any-width")
    void layersAndHeadsMustExist() {
        EncoderModel model = RandomEncoder.small().model();
        assertEquals("layer 2 of the regimes does not exist: the model has 2",
                assertThrows(IllegalArgumentException.class, () -> model.withRegimes(Regimes.parse("layer 2: diffusion"))).getMessage());
        assertEquals("head 3 of the regimes does not exist: the model has 3",
                assertThrows(IllegalArgumentException.class, () -> model.withRegimes(Regimes.parse("head 1-3: diffusion"))).getMessage());
        assertThrows(IllegalArgumentException.class, () -> HeadRegime.diffusion(0).withBlend(1));
        assertThrows(IllegalArgumentException.class, () -> HeadRegime.attention().withBeta(0));
        assertThrows(IllegalArgumentException.class, () -> Regimes.none().withLayer(-1, HeadRegime.backward()));
    }

    @Test
    void attentionChosenIsAttention() {
        RandomEncoder encoder = RandomEncoder.small();
        float[] plain = EncoderPlanTest.states(EncoderPlan.of(encoder.model(), 33, 1), 24, IDS);
        EncoderModel chosen = encoder.model(EncoderOptions.defaults().withRegimes(Regimes.parse("diffusion; attention")));
        assertArrayEquals(plain, EncoderPlanTest.states(EncoderPlan.of(chosen, 33, 1), 24, IDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"attention beta 2", "attention-column", "backward", "backward-column", "diffusion",
            "diffusion alpha 0.5 beta 0.5", "bistochastic", "bistochastic-backward", "bistochastic-diffusion beta 0.5", "circulation 0.8",
            "circulation 0 beta 2", "circulation 2 adaptive dev", "circulation 2 adaptive scale", "circulation -1 blend 0.5",
            "circulation 0.5 blend 0.7 adaptive-blend"})
    void aModelWithAnOperatorIsThatOfTheReference(String regime) {
        for (String place : new String[] {"", "layer 0: ", "layer 1 head 2: "}) {
            RandomEncoder encoder = RandomEncoder.small();
            Regimes regimes = Regimes.parse(place + regime);
            EncoderModel model = encoder.model(EncoderOptions.defaults().withRegimes(regimes));
            EncoderPlan plan = EncoderPlan.of(model, 60, 2);
            float[] states = EncoderPlanTest.states(plan, 24, IDS);
            double[][] truth = encoder.reference().hiddenStates(IDS, (layer, head, q, k, v) ->
                    product(regimes.regime(layer, head).toString(), q, k, v));
            for (int i = 0; i < states.length; i++) {
                assertEquals(truth[i / 24][i % 24], states[i], TOLERANCE, place + regime);
            }
            float[] together = EncoderPlanTest.states(plan, 24, new int[] {5, 4, 3}, IDS);
            assertArrayEquals(states, Arrays.copyOfRange(together, 3 * 24, together.length));
        }
    }

    /** The product of an operator and values in float64, by the description of the operator. */
    private static double[][] product(String regime, double[][] q, double[][] k, double[][] v) {
        String[] words = regime.split(" ");
        double tau = 1 / Math.sqrt(q[0].length);
        double beta = option(words, "beta", 1);
        double alpha = option(words, "alpha", 0);
        double[][] s = ReferenceScores.scores(q, k, tau);
        return switch (words[0]) {
            case "attention" -> ReferenceMatrix.multiply(ReferenceSoftmax.attention(q, k, tau, beta, false), v);
            case "attention-column" -> ReferenceMatrix.multiply(ReferenceSoftmax.attentionColumn(q, k, tau, beta, false), v);
            case "backward" -> ReferenceMatrix.multiply(ReferenceSoftmax.backward(q, k, tau, beta, false), v);
            case "backward-column" -> ReferenceMatrix.multiply(ReferenceSoftmax.backwardColumn(q, k, tau, beta, false), v);
            case "diffusion" -> ReferenceMatrix.multiply(ReferenceDiffusion.transition(q, k, tau, beta, alpha, false), v);
            case "bistochastic" -> coupled(ReferenceScores.forward(s), beta, v);
            case "bistochastic-backward" -> coupled(ReferenceScores.backward(s), beta, v);
            case "bistochastic-diffusion" -> coupled(ReferenceScores.symmetric(s), beta, v);
            case "circulation" -> circulated(words, q, k, v, tau, beta);
            default -> throw new AssertionError(regime);
        };
    }

    private static double[][] coupled(double[][] divergence, double beta, double[][] v) {
        return ReferenceMatrix.multiply(
                ReferenceSinkhorn.bistochasticAccurately(ReferenceScores.logKernel(divergence, beta)).plan(), v);
    }

    private static double[][] circulated(String[] words, double[][] q, double[][] k, double[][] v, double tau, double beta) {
        double eta = ReferenceHopfield.eta(ReferenceScores.scores(q, k, tau));
        double c = Double.parseDouble(words[1]);
        for (int i = 2; i + 1 < words.length; i++) {
            if (words[i].equals("adaptive")) {
                c = words[i + 1].equals("dev") ? 1 + (c - 1) * eta : c * eta;
            }
        }
        double blend = option(words, "blend", 1);
        if (List.of(words).contains("adaptive-blend")) {
            blend *= 1 - eta;
        }
        double[][] turned = ReferenceMatrix.multiply(ReferenceSoftmax.circulation(q, k, tau, beta, c, false), v);
        double[][] attended = ReferenceMatrix.multiply(ReferenceSoftmax.attention(q, k, tau, beta, false), v);
        return blend == 1 ? turned : ReferenceHopfield.blend(attended, turned, blend);
    }

    private static double option(String[] words, String name, double otherwise) {
        for (int i = 1; i + 1 < words.length; i++) {
            if (words[i].equals(name)) {
                return Double.parseDouble(words[i + 1]);
            }
        }
        return otherwise;
    }
}
