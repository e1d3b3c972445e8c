package dev.gatun.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.laws.Capability;
import dev.gatun.laws.DeterminismLaws;
import dev.gatun.laws.Head;
import dev.gatun.laws.Law;
import dev.gatun.laws.RowStochasticLaws;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The laws that attention by ONNX Runtime does not obey, each on a counterexample as small as those that it shrinks to, and what is
 * the case instead; and what it does where laws leave a choice. A test that fails says that ONNX Runtime has changed.
 */
@Tag("any-width")
class OnnxRuntimeAgainstLawsTest {

    /** The score of the key that is seen is -12760, that of the one that is hidden 0. */
    private static final Head HIDDEN_FAR_ABOVE = Head.of(1, new float[] {-88}, new float[] {145, 0}, new float[] {0, 1})
            .withPairMask(new boolean[] {true, false});

    private static final Head MORE_KEYS = Head.of(1, new float[] {1, -2}, new float[] {1, 0.5f, -1}, new float[] {1, 2, 3})
            .withCausalMask();

    private static final Head NONE_SEEN = Head.of(1, new float[] {1}, new float[] {1, 0}, new float[] {1, 0})
            .withPairMask(new boolean[2]);

    @Test
    void multiHeadAttentionSeesHiddenKeysWhoseScoresAreTenThousandAbove() {
        RowStochasticLaws laws = laws(OnnxForm.MULTI_HEAD_ATTENTION);
        assertBroken(RowStochasticLaws.HIDDEN, "P[0, 1] is 1.0", () -> laws.hiddenKeysGetNoProbability(HIDDEN_FAR_ABOVE));
        assertBroken(RowStochasticLaws.BETWEEN, "O[0, 0] is 1.0", () -> laws.resultsLieBetweenTheValues(HIDDEN_FAR_ABOVE));
        assertBroken(RowStochasticLaws.MEANS, "O[0, 0] is 1.0", () -> laws.resultsAreWeightedMeans(HIDDEN_FAR_ABOVE));
    }

    @Test
    void multiHeadAttentionHidesThemWhereItIsToldToAddTheLeastFloat() {
        RowStochasticLaws laws = laws(OnnxForm.MULTI_HEAD_ATTENTION_OF_LEAST);
        laws.hiddenKeysGetNoProbability(HIDDEN_FAR_ABOVE);
        laws.resultsAreWeightedMeans(HIDDEN_FAR_ABOVE);
    }

    /** No law says where a causal mask begins with more keys than queries; here it is that of the standard but for one query. */
    @ParameterizedTest
    @EnumSource(names = {"MULTI_HEAD_ATTENTION", "MULTI_HEAD_ATTENTION_OF_LEAST"})
    void causalMultiHeadAttentionShowsTheLastQueryAllKeys(OnnxForm form) {
        float[] masked = laws(form).operator().matrix(MORE_KEYS);
        float[] unmasked = laws(form).operator().matrix(MORE_KEYS.withoutMask());
        assertArrayEquals(new float[] {1, 0, 0}, Arrays.copyOf(masked, 3));
        assertArrayEquals(Arrays.copyOfRange(unmasked, 3, 6), Arrays.copyOfRange(masked, 3, 6), 1e-6f);
    }

    /** What is added to all scores alike cancels, but for their roundings at -10000. */
    @Test
    void multiHeadAttentionForgetsMasksThatHideEverything() {
        RowStochasticLaws laws = laws(OnnxForm.MULTI_HEAD_ATTENTION);
        assertBroken(RowStochasticLaws.EMPTY, "query 0 sees no key, and its result has an entry of 0.73",
                () -> laws.queriesThatSeeNoKeyReturnZeros(NONE_SEEN));
        assertArrayEquals(laws.operator().apply(NONE_SEEN.withoutMask()), laws.operator().apply(NONE_SEEN), 1e-3f);
    }

    @Test
    void multiHeadAttentionOfLeastSeesAllKeysAlikeWhereAllAreHidden() {
        assertBroken(RowStochasticLaws.EMPTY, "query 0 sees no key, and its result has an entry of 0.5",
                () -> laws(OnnxForm.MULTI_HEAD_ATTENTION_OF_LEAST).queriesThatSeeNoKeyReturnZeros(NONE_SEEN));
    }

    @Test
    void operatorByOperatorGivesNoNumberWhereAllKeysAreHidden() {
        assertBroken(RowStochasticLaws.EMPTY, "query 0 sees no key, and its result has an entry of NaN",
                () -> laws(OnnxForm.OPERATOR_BY_OPERATOR).queriesThatSeeNoKeyReturnZeros(NONE_SEEN));
    }

    /** A sum over the keys is taken in blocks whose length goes by the columns that each thread has. */
    @Test
    void operatorByOperatorDependsOnThreadsWhereColumnsOfValuesOutnumberQueries() {
        DeterminismLaws laws = () -> new OnnxAttention(OnnxForm.OPERATOR_BY_OPERATOR, EnumSet.of(Capability.THREADS));
        Random random = new Random(1);
        Head head = Head.of(1, normal(random, 4), normal(random, 300), normal(random, 300 * 64));
        assertBroken(DeterminismLaws.THREADS, "by 2 threads, and was", () -> laws.threadsDoNotMatter(head));
        assertArrayEquals(laws.operator().apply(head, 1), laws.operator().apply(head, 2), 1e-6f);
    }

    private static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    /** So many that it shows with vectors of any width; of MultiHeadAttention it depends on the size of a cache as well. */
    @ParameterizedTest
    @EnumSource(names = {"ATTENTION", "OPERATOR_BY_OPERATOR"})
    void longRowsLoseMassOfLightKeys(OnnxForm form) {
        assertBroken(RowStochasticLaws.LONG_ROWS, "the mass of the light keys",
                () -> laws(form).longRowsKeepTheirMass(1 << 16, true));
    }

    /** Query i sees the keys up to i, be there more keys than queries or fewer, and of these those that a mask beside it shows. */
    @Test
    void causalMasksOfTheStandardBeginAtTheFirstKey() {
        Head fewer = Head.of(1, new float[] {1, -2, 3, -4}, new float[] {1, 0.5f}, new float[] {1, 2}).withCausalMask();
        Head both = fewer.withPairMask(new boolean[] {true, true, true, false, false, true, true, true});
        for (Head head : new Head[] {MORE_KEYS, fewer, both}) {
            laws(OnnxForm.ATTENTION).probabilitiesAreTheSoftmax(head);
            laws(OnnxForm.ATTENTION).resultsAreWeightedMeans(head);
        }
    }

    private static RowStochasticLaws laws(OnnxForm form) {
        return () -> new OnnxAttention(form, EnumSet.of(Capability.OTHER_KEYS));
    }

    private static void assertBroken(Law law, String what, Executable trial) {
        String said = assertThrows(AssertionError.class, trial).getMessage();
        assertEquals(law.name(), said.substring(0, said.indexOf(':')));
        assertTrue(said.contains(what), said);
    }
}
