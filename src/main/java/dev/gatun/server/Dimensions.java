package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import java.util.Arrays;
import java.util.Locale;

/** The form of embeddings that a request asks for: how many of their components, and whether of unit length. */
final class Dimensions {

    private final int count;
    private final boolean normalised;

    /** @throws Refusal if more components are wanted than the model has */
    Dimensions(Integer wanted, boolean normalised, ServedEncoder encoder) {
        if (wanted != null && wanted > encoder.dimension()) {
            throw new Refusal(Reason.INVALID, String.format(Locale.ROOT, "`dimensions` is %s; embeddings of the model have %s", wanted,
                    encoder.dimension()), "dimensions");
        }
        this.count = wanted == null ? encoder.dimension() : wanted;
        this.normalised = normalised;
    }

    /** The number of components. */
    int count() {
        return count;
    }

    /** Brings rows into this form: the first components first, which are then divided by their length. */
    float[][] apply(float[][] rows, ServedEncoder encoder) {
        for (int i = 0; i < rows.length; i++) {
            rows[i] = rows[i].length == count ? rows[i] : Arrays.copyOf(rows[i], count);
            if (normalised) {
                encoder.normalise(rows[i]);
            }
        }
        return rows;
    }
}
