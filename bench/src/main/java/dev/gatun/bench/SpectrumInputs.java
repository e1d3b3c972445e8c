package dev.gatun.bench;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * Queries and keys of one head, {@code tokens x DIMENSION}, of which eigenpairs are asked. Scores are scaled by {@code SCALE},
 * the inverse temperature is 1.
 */
record SpectrumInputs(int tokens, float[] q, float[] k) {

    static final int DIMENSION = 64;
    static final double SCALE = 0.125;
    static final int EIGENPAIRS = 8;

    /** Where the roll begins and ends: at three quarters of a turn, and at two turns and a quarter. */
    private static final double INNERMOST = 1.5 * Math.PI;
    private static final double OUTERMOST = 4.5 * Math.PI;
    private static final double WIDTH = 21;

    /** Standard deviation of each component of a point around the roll. */
    private static final double NOISE = 0.05;

    /** The same at every call; {@code kind} is {@code normal} or {@code points}. */
    static SpectrumInputs of(String kind, int tokens) {
        return switch (kind) {
            case "normal" -> normal(tokens);
            case "points" -> points(tokens);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /** Queries and keys with standard normal entries. */
    private static SpectrumInputs normal(int tokens) {
        Random random = new Random(1);
        return new SpectrumInputs(tokens, entries(tokens, random::nextGaussian), entries(tokens, random::nextGaussian));
    }

    /**
     * Points of a noisy swiss roll, queries and keys alike: the kernel is {@code exp(-SCALE |x_i - x_j|^2)}. Its bandwidth, 8, is
     * less than the squared distance of neighbouring layers of the roll, 39, so that it diffuses along the roll and not across.
     */
    private static SpectrumInputs points(int tokens) {
        Random random = new Random(1);
        float[] points = entries(tokens, () -> NOISE * random.nextGaussian());
        for (int at = 0; at < points.length; at += DIMENSION) {
            double angle = INNERMOST + (OUTERMOST - INNERMOST) * random.nextDouble();
            points[at] += (float) (angle * Math.cos(angle));
            points[at + 1] += (float) (angle * Math.sin(angle));
            points[at + 2] += (float) (WIDTH * random.nextDouble());
        }
        return new SpectrumInputs(tokens, points, points);
    }

    private static float[] entries(int tokens, DoubleSupplier random) {
        float[] entries = new float[tokens * DIMENSION];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = (float) random.getAsDouble();
        }
        return entries;
    }

    /** Their scores, from copies outside the heap. */
    Scores scores(Arena arena) {
        return Scores.of(Matrix.copyOf(arena, q, tokens, DIMENSION), Matrix.copyOf(arena, k, tokens, DIMENSION))
                .withScale(SCALE);
    }
}
