package dev.gatun.internal.head;

import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import java.io.Serial;

/** Says which log-kernel of a head a chain has, in double precision. */
public interface KernelSource extends HeadSource<LogKernel> {

    /** That log-kernel with rows and columns exchanged. */
    default KernelSource transposed() {
        return new Transposed(this);
    }

    /** The log-kernel of a divergence. */
    record OfDivergence(Direction direction) implements KernelSource {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public LogKernel of(HeadScores inputs) {
            return inputs.of(direction, Normalised.BOTH);
        }
    }

    /** The log-kernel of another source with rows and columns exchanged. */
    record Transposed(KernelSource source) implements KernelSource {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public LogKernel of(HeadScores head) {
            return source.of(head).transposed();
        }
    }
}
