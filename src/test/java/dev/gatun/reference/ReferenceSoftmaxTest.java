package dev.gatun.reference;

import static dev.gatun.reference.ThreeTokens.K;
import static dev.gatun.reference.ThreeTokens.LN2;
import static dev.gatun.reference.ThreeTokens.Q;
import static dev.gatun.reference.ThreeTokens.fractions;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceSoftmaxTest {

    private static final double INF = Double.POSITIVE_INFINITY;

    // 2^s, rows: 2, 1, 4 | 16, 4, 1/64 | 8, 2, 1/2.
    private static final double[][] FORWARD_ROWS =
            fractions(new double[][] {{2, 1, 4}, {1024, 256, 1}, {16, 4, 1}}, 7, 1281, 21);

    // 2^-d>, columns: 1, 4, 16 | 1/2, 1, 4 | 2, 1/256, 1.  Written here one column a row.
    private static final double[][] FORWARD_COLUMNS_TRANSPOSED =
            fractions(new double[][] {{1, 4, 16}, {1, 2, 8}, {512, 1, 256}}, 21, 11, 769);

    @Test
    void attentionByHand() {
        assertNear(FORWARD_ROWS, ReferenceSoftmax.attention(Q, K, 1, LN2, false));
        // Twice the temperature and half of it in tau are the same.
        assertNear(FORWARD_ROWS, ReferenceSoftmax.attention(Q, K, LN2 / 2, 2, false));
    }

    @Test
    void attentionIsTheRowSoftmaxOfTheForwardDivergence() {
        double[][] d = ReferenceScores.forward(ThreeTokens.SCORES);
        assertNear(FORWARD_ROWS, ReferenceSoftmax.rowSoftmax(ReferenceScores.logKernel(d, LN2)));
    }

    @Test
    void attentionColumnByHand() {
        assertNear(ReferenceMatrix.transpose(FORWARD_COLUMNS_TRANSPOSED),
                ReferenceSoftmax.attentionColumn(Q, K, 1, LN2, false));
    }

    @Test
    void backwardByHand() {
        // 2^(s_ji - s_jj), row 1: 1 - 1, 4 - 2, 3 + 1 = 0, 2, 4; row 2: 0 - 1, 2 - 2, 1 + 1 = -1, 0, 2;
        // row 3: 2 - 1, -6 - 2, -1 + 1 = 1, -8, 0.
        assertNear(FORWARD_COLUMNS_TRANSPOSED, ReferenceSoftmax.backward(Q, K, 1, LN2, false));
    }

    @Test
    void backwardColumnByHand() {
        // 2^s_ji, column j is row j of 2^s.
        assertNear(ReferenceMatrix.transpose(FORWARD_ROWS), ReferenceSoftmax.backwardColumn(Q, K, 1, LN2, false));
        double[][] d = ReferenceScores.backward(ThreeTokens.SCORES);
        assertNear(ReferenceMatrix.transpose(FORWARD_ROWS),
                ReferenceSoftmax.columnSoftmax(ReferenceScores.logKernel(d, LN2)));
    }

    @Test
    void theDualitiesHoldForOnePair() {
        assertNear(ReferenceMatrix.transpose(ReferenceSoftmax.attention(Q, K, 0.7, 1.3, false)),
                ReferenceSoftmax.backwardColumn(Q, K, 0.7, 1.3, false));
        assertNear(ReferenceMatrix.transpose(ReferenceSoftmax.backward(Q, K, 0.7, 1.3, false)),
                ReferenceSoftmax.attentionColumn(Q, K, 0.7, 1.3, false));
    }

    @Test
    void causalRegimesByHand() {
        assertNear(new double[][] {{1, 0, 0}, {4 / 5., 1 / 5., 0}, {16 / 21., 4 / 21., 1 / 21.}},
                ReferenceSoftmax.attention(Q, K, 1, LN2, true));
        assertNear(new double[][] {{1 / 21., 0, 0}, {4 / 21., 1 / 5., 0}, {16 / 21., 4 / 5., 1}},
                ReferenceSoftmax.attentionColumn(Q, K, 1, LN2, true));
        // Row 2 of 2^-d< is 1/2, 1, 4, the last masked.
        assertNear(new double[][] {{1, 0, 0}, {1 / 3., 2 / 3., 0}, {512 / 769., 1 / 769., 256 / 769.}},
                ReferenceSoftmax.backward(Q, K, 1, LN2, true));
        // Column 2 is s_2i for i = 2, 3: 4 and 1/64.
        assertNear(new double[][] {{2 / 7., 0, 0}, {1 / 7., 256 / 257., 0}, {4 / 7., 1 / 257., 1}},
                ReferenceSoftmax.backwardColumn(Q, K, 1, LN2, true));
    }

    @Test
    void theMaskOnForwardEdgesBreaksTheDualities() {
        double[][] column = ReferenceSoftmax.backwardColumn(Q, K, 1, LN2, true);
        double[][] transposed = ReferenceMatrix.transpose(ReferenceSoftmax.attention(Q, K, 1, LN2, true));
        assertEquals(0, column[0][1]);
        assertEquals(4 / 5., transposed[0][1], 1e-15);
    }

    @Test
    void rectanglesAreDefinedWhereNoSelfScoreIsNeeded() {
        double[][] decode = {Q[2]};
        assertNear(new double[][] {FORWARD_ROWS[2]}, ReferenceSoftmax.attention(decode, K, 1, LN2, true));
        assertNear(ReferenceMatrix.transpose(new double[][] {FORWARD_ROWS[2]}),
                ReferenceSoftmax.backwardColumn(decode, K, 1, LN2, false));
        double[][] lastTwo = {Q[1], Q[2]};
        assertNear(new double[][] {{4 / 5., 1 / 5., 0}, FORWARD_ROWS[2]},
                ReferenceSoftmax.attention(lastTwo, K, 1, LN2, true));
        assertThrows(IllegalArgumentException.class, () -> ReferenceSoftmax.backward(decode, K, 1, 1, false));
        assertThrows(IllegalArgumentException.class, () -> ReferenceSoftmax.backwardColumn(decode, K, 1, 1, true));
    }

    /** A>- needs s_ii: a column normalisation of the bare scores is another operator, not its rectangular form. */
    @Test
    void theColumnFormOfAttentionNeedsSelfScores() {
        double[][] bare = ReferenceSoftmax.columnSoftmax(ReferenceMatrix.scale(LN2, ThreeTokens.SCORES));
        // Column 1 of 2^s is 2, 16, 8, against 1, 4, 16 of 2^-d>.
        assertArrayEquals(new double[] {1 / 13., 8 / 13., 4 / 13.}, ReferenceMatrix.transpose(bare)[0], 1e-15);
        assertArrayEquals(new double[] {1 / 21., 4 / 21., 16 / 21.}, FORWARD_COLUMNS_TRANSPOSED[0], 1e-15);
        double[][] decode = {Q[2]};
        assertThrows(IllegalArgumentException.class, () -> ReferenceSoftmax.attentionColumn(decode, K, 1, 1, false));
    }

    @Test
    void circulationAtOneIsAttention() {
        assertNear(FORWARD_ROWS, ReferenceSoftmax.circulation(Q, K, 1, LN2, 1, false));
        // At c = -1 row 1 is 2^s_j1 = 2, 16, 8.
        assertArrayEquals(new double[] {1 / 13., 8 / 13., 4 / 13.},
                ReferenceSoftmax.circulation(Q, K, 1, LN2, -1, false)[0], 1e-15);
        assertNear(new double[][] {{1, 0, 0}, {4 / 5., 1 / 5., 0}, {16 / 21., 4 / 21., 1 / 21.}},
                ReferenceSoftmax.circulation(Q, K, 1, LN2, 1, true));
    }

    @Test
    void masksGiveExactZerosAndNoNaN() {
        double[][] z = {{-INF, -INF}, {-INF, 3}};
        assertArrayEquals(new double[][] {{0, 0}, {0, 1}}, ReferenceSoftmax.rowSoftmax(z));
        assertArrayEquals(new double[][] {{0, 0}, {0, 1}}, ReferenceSoftmax.columnSoftmax(z));
        assertEquals(-INF, ReferenceSoftmax.logSumExp(z[0]));
    }

    @Test
    void scoresBeyondTheRangeOfExpAreSafe() {
        double[] z = {900 + LN2, 900, -900};
        assertArrayEquals(new double[] {2 / 3., 1 / 3., 0}, ReferenceSoftmax.softmax(z), 1e-13);
        assertEquals(900 + Math.log(3), ReferenceSoftmax.logSumExp(z), 1e-12);
    }

    @Test
    void temperatureLimits() {
        for (double[] row : ReferenceSoftmax.attention(Q, K, 1, 0, false)) {
            assertArrayEquals(new double[] {1 / 3., 1 / 3., 1 / 3.}, row, 1e-16);
        }
        // The largest score of each row: s_13, s_21, s_31.
        assertNear(new double[][] {{0, 0, 1}, {1, 0, 0}, {1, 0, 0}}, ReferenceSoftmax.attention(Q, K, 1, 1e3, false));
    }

    private static void assertNear(double[][] expected, double[][] actual) {
        double difference = ReferenceMatrix.maxAbsDifference(expected, actual);
        assertTrue(difference <= 2e-15, () -> "off by " + difference);
    }
}
