package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.gatun.property.Normalisation;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A batch of heads gives, to the last bit, what each head gives alone: 2 batch entries of 6 query heads that share 2
 * heads of keys and values, so that query head h goes with key head {@code h / 3}.
 */
class HeadByHeadTest {

    private static final int BATCH = 2;
    private static final int HEADS = 6;
    private static final int GROUPS = 2;
    private static final int N = 67;
    private static final int D = 9;
    private static final int COLUMNS = 5;

    private final Arena arena = Arena.ofAuto();
    private final Random random = new Random(20);
    private final Heads q = normal(BATCH, HEADS, N, D);
    private final Heads k = normal(BATCH, GROUPS, N, D);
    private final Heads v = normal(BATCH, GROUPS, N, COLUMNS);
    private final Heads backQ = normal(BATCH, HEADS, N, 4);
    private final Heads backK = normal(BATCH, GROUPS, N, 4);

    @ParameterizedTest
    @EnumSource
    void groupedQueries(Normalisation normalisation) {
        compare(normalisation, Scores.of(q, k), q, k, null, null, scores -> scores);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "BISTOCHASTIC.*")
    void causalGroupedQueries(Normalisation normalisation) {
        compare(normalisation, Scores.of(q, k).withCausalMask(), q, k, null, null, Scores::withCausalMask);
    }

    @ParameterizedTest
    @EnumSource
    void ownBackwardPair(Normalisation normalisation) {
        compare(normalisation, Scores.of(q, k).withBackward(backQ, backK), q, k, backQ, backK, scores -> scores);
    }

    /** Token-major tensors, (B, N, H, d), read in place by their strides. */
    @ParameterizedTest
    @EnumSource
    void interleavedHeads(Normalisation normalisation) {
        Heads tokenMajor = interleaved(q);
        compare(normalisation, Scores.of(tokenMajor, k), q, k, null, null, scores -> scores);
    }

    private void compare(Normalisation normalisation, Scores all, Heads queries, Heads keys, Heads ownQ, Heads ownK,
                         UnaryOperator<Scores> settings) {
        Heads products = Heads.allocate(arena, BATCH, HEADS, N, COLUMNS * normalisation.width());
        Heads matrices = Heads.allocate(arena, BATCH, HEADS, N, N * normalisation.width());
        normalisation.apply(all, v, products);
        normalisation.matrix(all, matrices);
        for (int batch = 0; batch < BATCH; batch++) {
            for (int head = 0; head < HEADS; head++) {
                int group = head / (HEADS / GROUPS);
                Scores one = Scores.of(queries.matrix(batch, head), keys.matrix(batch, group));
                one = ownQ == null ? one : one.withBackward(Heads.of(ownQ.matrix(batch, head)),
                        Heads.of(ownK.matrix(batch, group)));
                compareHead(normalisation, settings.apply(one), v.matrix(batch, group), products.matrix(batch, head),
                        matrices.matrix(batch, head));
            }
        }
    }

    private void compareHead(Normalisation normalisation, Scores one, Matrix values, Matrix product, Matrix matrix) {
        Matrix ownProduct = Matrix.allocate(arena, N, product.columns());
        Matrix ownMatrix = Matrix.allocate(arena, N, matrix.columns());
        normalisation.apply(one, Heads.of(values), Heads.of(ownProduct));
        normalisation.matrix(one, Heads.of(ownMatrix));
        assertArrayEquals(ownProduct.toArray(), product.toArray());
        assertArrayEquals(ownMatrix.toArray(), matrix.toArray());
    }

    private Heads normal(int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        for (int index = 0; index < heads.count(); index++) {
            heads.matrix(index).set(Tokens.normal(random, shape[2] * shape[3], 1));
        }
        return heads;
    }

    private Heads interleaved(Heads heads) {
        MemorySegment memory = arena.allocate(4L * BATCH * N * HEADS * D);
        Heads tokenMajor = Heads.strided(memory, 0, new int[] {BATCH, HEADS}, N, D, (long) N * HEADS * D, D,
                (long) HEADS * D);
        for (int index = 0; index < heads.count(); index++) {
            tokenMajor.matrix(index).set(heads.matrix(index).toArray());
        }
        return tokenMajor;
    }
}
