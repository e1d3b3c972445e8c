package dev.gatun;

import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.LogKernelBuilder;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Normalised;

/**
 * Queries and keys of new tokens beside those of one head, and the log-kernels from a new token x to a token j of the head, in
 * units of log 2. Where scores have a bias of single entries, the new tokens must be those of the head itself.
 *
 * @param newQ queries of the new tokens, {@code rows x d}
 * @param newK their keys
 * @param mask what they see of the head
 */
record CrossScores(int rows, float[] newQ, float[] newK, HeadScores head, Mask mask) {

    /** {@code -beta d(x, j)}. */
    LogKernel symmetric(double growth) {
        return addBackward(addForward(empty(2 * head.d()))).build(Normalised.ROWS, growth);
    }

    /** {@code -beta d>(x, j) = beta (s_xj - s_xx)}. */
    LogKernel forward(Normalised normalised) {
        return addForward(empty(head.d())).build(normalised);
    }

    /** {@code -beta d<(x, j) = beta (s_jx - s_jj)}. */
    LogKernel backward(Normalised normalised) {
        return addBackward(empty(head.d())).build(normalised);
    }

    /** How far apart the two and their offsets can be. */
    double magneticRange() {
        return addForward(empty(head.d())).range(Normalised.BOTH) + addBackward(empty(head.d())).range(Normalised.BOTH);
    }

    private LogKernelBuilder empty(int inner) {
        return new LogKernelBuilder(rows, head.columns(), inner).mask(mask);
    }

    private LogKernelBuilder addForward(LogKernelBuilder to) {
        if (head.d() > 0) {
            to.addScores(newQ, head.k(), head.d(), head.weight());
        }
        to.addRowSelfScores(newQ, newK, head.d(), -head.weight());
        if (head.bias() != null) {
            head.bias().addTo(to, head.biasWeight(), 0);
            to.addRowTerms(head.bias().diagonal(), -head.biasWeight());
        }
        return to;
    }

    private LogKernelBuilder addBackward(LogKernelBuilder to) {
        if (head.d() > 0) {
            to.addScores(newK, head.q(), head.d(), head.weight());
        }
        to.addColumnSelfScores(head.q(), head.k(), head.d(), -head.weight());
        if (head.bias() != null) {
            head.bias().addTo(to, 0, head.biasWeight());
            to.addColumnTerms(head.bias().diagonal(), -head.biasWeight());
        }
        return to;
    }
}
