package dev.gatun.kernel.pass;

import java.io.Serial;
import java.io.Serializable;

/**
 * What a {@link SinkhornPass} computes of the rows of consecutive groups. What a pass does not compute is null.
 *
 * @param firstGroup the first group
 * @param groups     the number of groups
 * @param u          the potentials of their rows
 * @param rowSums    the sums, or the products, of their rows
 * @param columnSums the column sums of each group
 */
public record GroupRows(int firstGroup, int groups, double[] u, double[] rowSums, double[][] columnSums) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;
}
