package dev.gatun.internal.head;

import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;

/** Numbers that are equal if all their bits are: what a source that has been sent twice is known by. */
public record Numbers(double[] values) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    @Override
    public boolean equals(Object other) {
        return other instanceof Numbers(double[] others) && Arrays.equals(values, others);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }
}
