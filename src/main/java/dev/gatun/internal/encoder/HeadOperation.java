package dev.gatun.internal.encoder;

import dev.gatun.Matrix;

/** What a head applies to its values in place of attention. */
@FunctionalInterface
public interface HeadOperation {

    /**
     * Computes {@code out} from the queries, keys and values of one text, all {@code (N, d)}.
     *
     * @throws RuntimeException if there is no result; the message says why
     */
    void apply(Matrix q, Matrix k, Matrix v, Matrix out);
}
