package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;

/** Attention on long vectors whose products round alike: every probability is right, relatively. */
@Label("structured vectors")
class StructuredVectorsTest {

    /** What is documented of single precision, whatever the vectors are. */
    private static final double BOUND = 4e-4;

    private static final int N = 12;

    @Provide
    Arbitrary<Integer> lengths() {
        return Arbitraries.of(64, 128, 512, 2048, 4096);
    }

    /** Queries of one sign, keys that change theirs once: at another place each, up and down or down and up. */
    private static Tokens tokens(Random random, int d, double range) {
        Tokens tokens = new Tokens(N, N, d, new float[N * d], new float[N * d]);
        double amplitude = Math.sqrt(range * Math.log(2) / d) * (0.9 + random.nextDouble() / 10);
        for (int i = 0; i < N; i++) {
            int turn = random.nextInt(d + 1);
            int sign = random.nextBoolean() ? 1 : -1;
            for (int c = 0; c < d; c++) {
                tokens.q()[i * d + c] = (float) (i % 2 == 0 ? amplitude : -amplitude);
                tokens.k()[i * d + c] = (float) (c < turn ? sign * amplitude : -sign * amplitude);
            }
        }
        return tokens;
    }

    /** One large component, and all others so small that each moves the sum by part of a unit in its last place. */
    private static Tokens massive(Random random, int d, double range) {
        Tokens tokens = new Tokens(N, N, d, new float[N * d], new float[N * d]);
        double amplitude = Math.sqrt(range * Math.log(2));
        for (int i = 0; i < N; i++) {
            double other = 0x1p-12 * random.nextDouble();
            for (int c = 0; c < d; c++) {
                tokens.q()[i * d + c] = (float) (c == 0 ? amplitude : amplitude * 0x1p-12);
                tokens.k()[i * d + c] = (float) (c == 0 ? amplitude * (i % 2 == 0 ? 0.99 : -0.99) : amplitude * other);
            }
        }
        return tokens;
    }

    @Property(tries = 40)
    void probabilitiesAreRelativelyRight(@ForAll("lengths") int d, @ForAll long seed, @ForAll boolean turning,
                                         @ForAll @DoubleRange(min = 1, max = 60) double range) {
        Random random = new Random(seed);
        Tokens tokens = turning ? tokens(random, d, range) : massive(random, d, range);
        double[][] s = tokens.scores64();
        double scale = Math.sqrt(d);
        for (double[] row : s) {
            for (int j = 0; j < N; j++) {
                row[j] *= scale;
            }
        }
        double[][] truth = ReferenceSoftmax.rowSoftmax(s);
        try (Arena arena = Arena.ofConfined()) {
            Matrix p = Matrix.allocate(arena, N, N);
            tokens.scores(arena).withScale(1).attention().matrix(p);
            Matrix decoded = decoded(tokens, arena);
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    double probability = truth[i][j];
                    assertEquals(1, p.get(i, j) / probability, BOUND, "d " + d + ", range " + range);
                    assertEquals(1, decoded.get(i, j) / probability, BOUND, "decoded, d " + d + ", range " + range);
                }
            }
        }
    }

    /** The rows of attention by decoding, of the identity as values. */
    private static Matrix decoded(Tokens tokens, Arena arena) {
        Heads identity = Heads.allocate(arena, 1, 1, N, N);
        for (int j = 0; j < N; j++) {
            identity.matrix(0).set(j, j, 1);
        }
        Heads out = Heads.allocate(arena, 1, 1, N, N);
        DecodePlan.of(new AttentionShape(1, 1, 1, N, N, tokens.d(), N), AttentionOptions.defaults().withScale(1))
                .run(heads(tokens.queries(arena)), heads(tokens.keys(arena)), identity, N, out);
        return out.matrix(0);
    }

    private static Heads heads(Matrix matrix) {
        return Heads.of(matrix.segment(), matrix.offset(), 1, 1, matrix.rows(), matrix.columns());
    }
}
