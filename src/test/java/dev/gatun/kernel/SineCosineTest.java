package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Rotation by angles in turns, over the whole domain, against float64. */
class SineCosineTest {

    private static final double BOUND = 1.2e-7;
    private static final float GREATEST = 1 << 20;

    @Test
    void anglesOfTheFirstTurns() {
        compare(random -> (float) (4 * random - 2));
    }

    @Test
    void anglesOfTheWholeDomain() {
        compare(random -> (float) ((2 * random - 1) * GREATEST));
    }

    @Test
    void tinyAngles() {
        compare(random -> (float) Math.scalb(random - 0.5, -(int) (140 * random)));
    }

    /** Where the quarters meet, and two steps to either side, at both ends of the domain. */
    @Test
    void edgesOfTheQuarters() {
        for (int eighths = -40; eighths <= 40; eighths++) {
            for (float whole : new float[] {0, 1, 7, 1000, GREATEST - 8, -1000, 8 - GREATEST}) {
                float edge = whole + eighths / 8f;
                float below = Math.nextDown(edge);
                float above = Math.nextUp(edge);
                compare(new float[] {edge, below, above, Math.nextDown(below), Math.nextUp(above)});
            }
        }
    }

    /** Half-integers of turns give signs, and integers nothing but the weight itself. */
    @Test
    void wholeAndHalfTurnsAreExact() {
        float[] moduli = filled(3f);
        float[] turns = filled(0f);
        float[] angles = {0, 0.25f, 0.5f, 0.75f, 1, -0.25f, -0.5f, -3, GREATEST};
        System.arraycopy(angles, 0, turns, 0, angles.length);
        SineCosine.rotate(moduli, turns, Lanes.BLOCK);
        float[] cosines = {3, 0, -3, 0, 3, 0, -3, 3, 3};
        float[] sines = {0, 3, 0, -3, 0, -3, 0, 0, 0};
        for (int a = 0; a < angles.length; a++) {
            assertEquals(cosines[a], moduli[a] + 0f, "real part at " + angles[a]);
            assertEquals(sines[a], turns[a] + 0f, "imaginary part at " + angles[a]);
        }
    }

    /** A weight of 0 stays 0 at any angle, and no more entries change than were asked for. */
    @Test
    void zeroModuliStayZero() {
        float[] moduli = new float[2 * Lanes.BLOCK];
        float[] turns = new float[2 * Lanes.BLOCK];
        Arrays.fill(turns, 0.3f);
        SineCosine.rotate(moduli, turns, Lanes.BLOCK);
        for (int at = 0; at < Lanes.BLOCK; at++) {
            assertEquals(0f, moduli[at] + 0f);
            assertEquals(0f, turns[at] + 0f);
            assertEquals(0.3f, turns[Lanes.BLOCK + at]);
        }
    }

    private static void compare(DoubleUnaryOperator angle) {
        Random random = new Random(6);
        float[] angles = new float[Lanes.BLOCK];
        for (int round = 0; round < 5_000; round++) {
            for (int at = 0; at < angles.length; at++) {
                angles[at] = (float) angle.applyAsDouble(random.nextDouble());
            }
            compare(angles);
        }
    }

    private static void compare(float[] angles) {
        float[] moduli = filled(1f);
        float[] turns = Arrays.copyOf(angles, Lanes.BLOCK);
        SineCosine.rotate(moduli, turns, Lanes.BLOCK);
        for (int at = 0; at < angles.length; at++) {
            double angle = 2 * Math.PI * Math.IEEEremainder(angles[at], 1);
            double error = Math.max(Math.abs(Math.cos(angle) - moduli[at]), Math.abs(Math.sin(angle) - turns[at]));
            assertTrue(error <= BOUND, "off by " + error + " at " + angles[at]);
        }
    }

    private static float[] filled(float value) {
        float[] entries = new float[Lanes.BLOCK];
        Arrays.fill(entries, value);
        return entries;
    }
}
