package dev.gatun.internal.encoder;

/** Which heads of a model do something else than attention at inverse temperature 1. */
public interface HeadOperations {

    /** Attention at inverse temperature 1 in every head. */
    HeadOperations NONE = new HeadOperations() {
        @Override
        public HeadOperation operation(int layer, int head) {
            return null;
        }

        @Override
        public double beta(int layer, int head) {
            return 1;
        }
    };

    /** What takes the place of attention in a head; null for attention. */
    HeadOperation operation(int layer, int head);

    /** The inverse temperature of attention in a head. */
    double beta(int layer, int head);
}
