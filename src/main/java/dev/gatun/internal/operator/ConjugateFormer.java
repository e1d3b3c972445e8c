package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pass.ConjugateTiles;

/** Forms the tiles of one head's symmetric or Hermitian conjugate, from copies and on any thread. */
public interface ConjugateFormer {

    /** Up to this size log-kernels are always summed in double precision. */
    int MAX_EXACT = 1024;

    /** Whether log-kernels of this many tokens are summed in double precision whatever their range. */
    static boolean isExact(int size) {
        return size <= MAX_EXACT;
    }

    /** Says which the {@link #unnormalised} tiles are. */
    HeadSource<ConjugateTiles> source();

    /** Tiles whose potential makes them those of the conjugate. */
    NormalisedTiles normalised(HeadLoop.Pieces pieces);

    /**
     * Tiles of a real kernel whose row sums are measured by a product with them, which takes a fraction of the time of forming
     * them once more. Null where entries may lie outside of float32.
     */
    ConjugateTiles unnormalised();

    /** The alpha of the kernel's normalisation. */
    double alpha();
}
