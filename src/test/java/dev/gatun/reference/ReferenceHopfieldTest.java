package dev.gatun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceHopfieldTest {

    private static final double[][] M = ThreeTokens.SCORES;

    @Test
    void partsByHand() {
        assertArrayEquals(M, ReferenceHopfield.m(ThreeTokens.Q, ThreeTokens.K, 1));
        assertArrayEquals(new double[][] {{1, 2, 2.5}, {2, 2, -2.5}, {2.5, -2.5, -1}}, ReferenceHopfield.symmetric(M));
        assertArrayEquals(new double[][] {{0, -2, -0.5}, {2, 0, -3.5}, {0.5, 3.5, 0}}, ReferenceHopfield.skew(M));
    }

    @Test
    void etaByHand() {
        // Squares: 1 + 4 + 1 + 2 (4 + 6.25 + 6.25) = 39 and 2 (4 + 0.25 + 12.25) = 33.
        assertEquals(6 / 72.0, ReferenceHopfield.eta(M), 1e-15);
        assertEquals(1, ReferenceHopfield.eta(ReferenceHopfield.symmetric(M)));
        assertEquals(-1, ReferenceHopfield.eta(ReferenceHopfield.skew(M)));
    }

    @Test
    void aChannelByHand() {
        double[][] q = {{1, -1}, {-1, 1}, {0, 0}};
        double[][] k = {{2, 0}, {0, -2}, {-2, 2}};
        // M = [2, 2, -4; -2, -2, 4; 0, 0, 0], M_sym = [2, 0, -2; 0, -2, 2; -2, 2, 0].
        double[][] h = {{7}, {3}, {5}};
        ReferenceHopfield.Channel channel = ReferenceHopfield.channel(q, k, h, 0, 1);
        double half = 1 / Math.sqrt(2);
        assertArrayEquals(new double[] {half, -half, 0}, channel.s(), 1e-15);
        // h = (2, 2, -4) / sqrt(2): s h = (1, -1, 0), so E = 0, one of three is unstable and s is at right angles to h.
        assertArrayEquals(new double[] {2 * half, 2 * half, -4 * half}, channel.field(), 1e-15);
        assertEquals(0, channel.energy(), 1e-15);
        assertEquals(1 / 3.0, channel.instability());
        assertEquals(0, channel.alignment(), 1e-15);
        // Of s = (1, 0, -1) / sqrt(2): h = (4, -2, -2) / sqrt(2), s h = (2, 0, 1), E = -3/2, cos = 3 / sqrt(12).
        ReferenceHopfield.Channel other = ReferenceHopfield.channel(q, k, new double[][] {{2}, {1}, {0}}, 0, 1);
        assertEquals(-1.5, other.energy(), 1e-15);
        assertEquals(0, other.instability());
        assertEquals(3 / Math.sqrt(12), other.alignment(), 1e-15);
        assertEquals(-0.75, ReferenceHopfield.channel(q, k, new double[][] {{2}, {1}, {0}}, 0, 0.5).energy(), 1e-15);
    }

    @Test
    void centringTakesMeansOff() {
        assertArrayEquals(new double[][] {{-1, 2}, {1, -2}}, ReferenceHopfield.centred(new double[][] {{4, 9}, {6, 5}}));
        double[][] q = {{11, 19}, {9, 21}, {10, 20}};
        double[][] k = {{2, 5}, {0, 3}, {-2, 7}};
        ReferenceHopfield.Channel shifted = ReferenceHopfield.channel(q, k, new double[][] {{102}, {101}, {100}}, 0, 1);
        assertEquals(-1.5, shifted.energy(), 1e-15);
    }

    @Test
    void aBlendByHand() {
        double[][] attended = {{3, 0}, {1, 0}, {1, 1}, {1, 1}, {1, 2}};
        double[][] turned = {{3, 4}, {1, 2}, {0, 0}, {101, 1}, {1, 1e38}};
        double[][] blended = ReferenceHopfield.blend(attended, turned, 0.5);
        // H' = (3, 2): 5 / sqrt(13).
        assertArrayEquals(new double[] {15 / Math.sqrt(13), 10 / Math.sqrt(13)}, blended[0], 1e-14);
        // H' = (1, 1): sqrt(5 / 2).
        assertArrayEquals(new double[] {Math.sqrt(2.5), Math.sqrt(2.5)}, blended[1], 1e-15);
        // H' = (1/2, 1/2) and H_c of length 0: a quarter.
        assertArrayEquals(new double[] {0.125, 0.125}, blended[2]);
        // At b = -1/100 H' = (0, 1), and H_c is 101 times as long.
        assertArrayEquals(new double[] {0, 4}, ReferenceHopfield.blend(attended, turned, -0.01)[3], 1e-14);
        // Four times 1e38 is not finite in float32: 0, and 1 + 4 (1 - 1) remains, of which the row of H_c is many times as long.
        assertArrayEquals(new double[] {4, 0}, ReferenceHopfield.blend(attended, turned, 4)[4]);
        // What cancels stays so.
        double[][] opposite = ReferenceHopfield.blend(new double[][] {{1, -2}}, new double[][] {{-1, 2}}, 0.5);
        assertArrayEquals(new double[] {0, 0}, opposite[0]);
    }
}
