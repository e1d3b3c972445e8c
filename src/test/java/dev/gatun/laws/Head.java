package dev.gatun.laws;

import java.util.Arrays;
import java.util.Locale;

/**
 * The input of an operator: queries Q, keys K and values V of one head as float32 entries, row by row, with an inverse temperature, a mask
 * and masses. Immutable: each {@code with} method returns another head.
 *
 * <p>Accessors return the head's own arrays. An operator must not change them, and a law tests that it does not.
 */
public final class Head {

    /** The number of entries up to which a head is listed entry by entry. */
    private static final int LISTED = 120;

    private final int rows;
    private final int columns;
    private final int d;
    private final int valueColumns;
    private final float[] queries;
    private final float[] keys;
    private final float[] values;
    private final double beta;
    private final boolean causal;
    private final boolean[] visible;
    private final double[] rowMasses;
    private final double[] columnMasses;

    private Head(int rows, int columns, int d, int valueColumns, float[] queries, float[] keys, float[] values, double beta,
                 boolean causal, boolean[] visible, double[] rowMasses, double[] columnMasses) {
        this.rows = rows;
        this.columns = columns;
        this.d = d;
        this.valueColumns = valueColumns;
        this.queries = queries;
        this.keys = keys;
        this.values = values;
        this.beta = beta;
        this.causal = causal;
        this.visible = visible;
        this.rowMasses = rowMasses;
        this.columnMasses = columnMasses;
    }

    /**
     * A head at beta = 1 without a mask.
     *
     * @param d       the number of components of a query and of a key
     * @param queries {@code N x d} entries
     * @param keys    {@code M x d} entries
     * @param values  {@code M x C} entries, with C of at least 1
     * @return the head
     * @throws IllegalArgumentException if the numbers of entries do not fit
     */
    public static Head of(int d, float[] queries, float[] keys, float[] values) {
        int rows = queries.length / d;
        int columns = keys.length / d;
        if (rows == 0 || columns == 0 || rows * d != queries.length || columns * d != keys.length || values.length == 0
                || values.length % columns != 0) {
            throw new IllegalArgumentException("%d entries of queries, %d of keys and %d of values are no head of %d components"
                    .formatted(queries.length, keys.length, values.length, d));
        }
        return new Head(rows, columns, d, values.length / columns, queries, keys, values, 1, false, null, null, null);
    }

    /**
     * The number of queries, which is that of the rows of the result.
     *
     * @return N
     */
    public int rows() {
        return rows;
    }

    /**
     * The number of keys, which is that of the rows of the values.
     *
     * @return M
     */
    public int columns() {
        return columns;
    }

    /**
     * The number of components of a query and of a key.
     *
     * @return d
     */
    public int d() {
        return d;
    }

    /**
     * The number of columns of the values and of the result.
     *
     * @return C
     */
    public int valueColumns() {
        return valueColumns;
    }

    /**
     * The queries, row by row.
     *
     * @return N x d entries
     */
    public float[] queries() {
        return queries;
    }

    /**
     * The keys, row by row.
     *
     * @return M x d entries
     */
    public float[] keys() {
        return keys;
    }

    /**
     * The values, row by row.
     *
     * @return M x C entries
     */
    public float[] values() {
        return values;
    }

    /** The values, row by row. */
    double[][] valueRows() {
        return Law.rows(values, valueColumns);
    }

    /**
     * The inverse temperature.
     *
     * @return beta, positive
     */
    public double beta() {
        return beta;
    }

    /**
     * The factor of inner products in the logits {@code beta s_ij}.
     *
     * @return {@code beta / sqrt(d)}
     */
    public double scale() {
        return beta / Math.sqrt(d);
    }

    /**
     * Whether query i sees the keys 0 to i only.
     *
     * @return true under a causal mask
     */
    public boolean causal() {
        return causal;
    }

    /**
     * Whether there is a mask of pairs.
     *
     * @return true if some pairs may be hidden
     */
    public boolean hasPairMask() {
        return visible != null;
    }

    /**
     * Whether a query sees a key under the causal mask and the mask of pairs.
     *
     * @param query the query i
     * @param key the key j
     * @return true if it does
     */
    public boolean visible(int query, int key) {
        return (!causal || key <= query) && (visible == null || visible[query * columns + key]);
    }

    /**
     * The sums that the rows of a coupling must have.
     *
     * @return N masses; 1 unless {@link #hasMasses}
     */
    public double[] rowMasses() {
        return hasMasses() ? rowMasses.clone() : constant(rows, 1);
    }

    /**
     * The sums that the columns of a coupling must have.
     *
     * @return M masses with the same total as those of the rows; equal unless {@link #hasMasses}
     */
    public double[] columnMasses() {
        return hasMasses() ? columnMasses.clone() : constant(columns, (double) rows / columns);
    }

    /**
     * Whether the head has masses of its own.
     *
     * @return false if all rows have the mass 1 and all columns the same mass
     */
    public boolean hasMasses() {
        return rowMasses != null;
    }

    private static double[] constant(int count, double mass) {
        double[] masses = new double[count];
        Arrays.fill(masses, mass);
        return masses;
    }

    /**
     * Replaces the queries.
     *
     * @param others as many entries as before
     * @return the head with these queries
     */
    public Head withQueries(float[] others) {
        return new Head(rows, columns, d, valueColumns, others, keys, values, beta, causal, visible, rowMasses, columnMasses);
    }

    /**
     * Replaces the keys.
     *
     * @param others as many entries as before
     * @return the head with these keys
     */
    public Head withKeys(float[] others) {
        return new Head(rows, columns, d, valueColumns, queries, others, values, beta, causal, visible, rowMasses, columnMasses);
    }

    /**
     * Replaces the values.
     *
     * @param others {@code M x C} entries, for any C
     * @return the head with these values
     */
    public Head withValues(float[] others) {
        return new Head(rows, columns, d, others.length / columns, queries, keys, others, beta, causal, visible, rowMasses,
                columnMasses);
    }

    /**
     * Replaces the values by the identity matrix, for which the result is the matrix of the operator.
     *
     * @return the head with these values
     */
    public Head withIdentityValues() {
        float[] identity = new float[columns * columns];
        for (int j = 0; j < columns; j++) {
            identity[j * columns + j] = 1;
        }
        return withValues(identity);
    }

    /**
     * Replaces the values by a column of ones, for which the result has the sums of the rows.
     *
     * @return the head with these values
     */
    public Head withUnitValues() {
        float[] units = new float[columns];
        Arrays.fill(units, 1);
        return withValues(units);
    }

    /**
     * Replaces the inverse temperature.
     *
     * @param other beta, positive
     * @return the head at this temperature
     */
    public Head withBeta(double other) {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, other, causal, visible, rowMasses, columnMasses);
    }

    /**
     * Adds a causal mask to the mask of pairs.
     *
     * @return the head under both masks
     */
    public Head withCausalMask() {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, true, visible, rowMasses, columnMasses);
    }

    /**
     * Replaces the mask of pairs.
     *
     * @param pairs for each query and key, row by row, whether the query sees the key
     * @return the head under this mask
     */
    public Head withPairMask(boolean[] pairs) {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, causal, pairs, rowMasses, columnMasses);
    }

    /**
     * Removes all masks.
     *
     * @return the head without a mask
     */
    public Head withoutMask() {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, false, null, rowMasses, columnMasses);
    }

    /**
     * Replaces the masses of rows and columns.
     *
     * @param ofRows N masses of at least 0
     * @param ofColumns M masses of at least 0, with the same sum
     * @return the head with these masses
     */
    public Head withMasses(double[] ofRows, double[] ofColumns) {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, causal, visible, ofRows, ofColumns);
    }

    /**
     * Removes the masses: rows have the mass 1, and all columns the same.
     *
     * @return the head without masses of its own
     */
    public Head withoutMasses() {
        return withMasses(null, null);
    }

    /**
     * Adds one vector to all queries and another to all keys.
     *
     * @param ofQueries d entries
     * @param ofKeys d entries
     * @return the head with these queries and keys
     */
    public Head moved(float[] ofQueries, float[] ofKeys) {
        return new Head(rows, columns, d, valueColumns, sum(queries, ofQueries), sum(keys, ofKeys), values, beta, causal, visible,
                rowMasses, columnMasses);
    }

    private static float[] sum(float[] entries, float[] shift) {
        float[] moved = entries.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += shift[i % shift.length];
        }
        return moved;
    }

    /**
     * Selects queries and keys, with their values, masks and masses. The masses of the columns are scaled to the sum of those of the rows.
     *
     * @param ofQueries the numbers of the queries, in their new order
     * @param ofKeys    the numbers of the keys, in their new order
     * @return the head
     */
    public Head chosen(int[] ofQueries, int[] ofKeys) {
        double[] mu = chosen(rowMasses, ofQueries);
        double[] nu = chosen(columnMasses, ofKeys);
        if (mu != null) {
            double factor = Arrays.stream(mu).sum() / Arrays.stream(nu).sum();
            Arrays.setAll(nu, j -> factor * nu[j]);
        }
        return new Head(ofQueries.length, ofKeys.length, d, valueColumns, chosen(queries, d, ofQueries), chosen(keys, d, ofKeys),
                chosen(values, valueColumns, ofKeys), beta, causal, chosenPairs(ofQueries, ofKeys), mu, nu);
    }

    private boolean[] chosenPairs(int[] ofQueries, int[] ofKeys) {
        if (visible == null) {
            return null;
        }
        boolean[] pairs = new boolean[ofQueries.length * ofKeys.length];
        for (int pair = 0; pair < pairs.length; pair++) {
            pairs[pair] = visible[ofQueries[pair / ofKeys.length] * columns + ofKeys[pair % ofKeys.length]];
        }
        return pairs;
    }

    /**
     * Selects components of queries and keys.
     *
     * @param components the numbers of the components, in their new order
     * @return the head with these components
     */
    public Head ofComponents(int[] components) {
        return new Head(rows, columns, components.length, valueColumns, ofComponents(queries, components),
                ofComponents(keys, components), values, beta, causal, visible, rowMasses, columnMasses);
    }

    private float[] ofComponents(float[] entries, int[] components) {
        float[] kept = new float[entries.length / d * components.length];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = entries[i / components.length * d + components[i % components.length]];
        }
        return kept;
    }

    /** The rows of these numbers, of entries row by row. */
    static float[] chosen(float[] entries, int width, int[] of) {
        float[] chosen = new float[of.length * width];
        for (int i = 0; i < of.length; i++) {
            System.arraycopy(entries, of[i] * width, chosen, i * width, width);
        }
        return chosen;
    }

    private static double[] chosen(double[] masses, int[] of) {
        return masses == null ? null : Arrays.stream(of).mapToDouble(i -> masses[i]).toArray();
    }

    /** All entries of a small head; the shape and the largest score of a large one. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("%s, %s of %s, values of %s, beta %s".formatted(counted(rows, "query", "queries"),
                counted(columns, "key", "keys"), counted(d, "component", "components"),
                counted(valueColumns, "column", "columns"), number(beta)));
        text.append(causal ? ", causal mask" : "").append(visible == null ? "" : ", mask of pairs");
        if (toList(queries) + toList(keys) + toList(values) > LISTED) {
            return text.append(", scores up to %.3g".formatted(maxScore())).toString();
        }
        text.append("\n  Q = ").append(listed(queries, d)).append("\n  K = ").append(listed(keys, d));
        text.append("\n  V = ").append(listed(values, valueColumns));
        if (visible != null) {
            text.append("\n  visible = ").append(listedMask());
        }
        if (hasMasses()) {
            text.append("\n  masses of rows = ").append(Arrays.toString(rowMasses));
            text.append("\n  masses of columns = ").append(Arrays.toString(columnMasses));
        }
        return text.toString();
    }

    private double maxScore() {
        double max = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double product = 0;
                for (int c = 0; c < d; c++) {
                    product += (double) queries[i * d + c] * keys[j * d + c];
                }
                max = Math.max(max, Math.abs(product));
            }
        }
        return scale() * max;
    }

    private String listedMask() {
        StringBuilder text = new StringBuilder("[");
        for (int pair = 0; pair < visible.length; pair++) {
            text.append(pair > 0 && pair % columns == 0 ? "] [" : "").append(visible[pair] ? '1' : '0');
        }
        return text.append(']').toString();
    }

    private static int toList(float[] entries) {
        return isConstant(entries) ? 1 : entries.length;
    }

    private static boolean isConstant(float[] entries) {
        for (float entry : entries) {
            if (entry != entries[0]) {
                return false;
            }
        }
        return true;
    }

    private static String listed(float[] entries, int width) {
        if (entries.length > 2 * width && isConstant(entries)) {
            return "all " + number(entries[0]);
        }
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < entries.length; i++) {
            text.append(i == 0 ? "" : i % width == 0 ? "] [" : ", ").append(number(entries[i]));
        }
        return text.append(']').toString();
    }

    private static String number(double x) {
        return x == Math.rint(x) && Math.abs(x) < 1e6 ? "%d".formatted((long) x) : number((float) x, x);
    }

    private static String number(float rounded, double x) {
        return rounded == x ? Float.toString(rounded) : Double.toString(x);
    }

    private static String counted(int count, String one, String many) {
        return String.format(Locale.ROOT, "%d %s", count, count == 1 ? one : many);
    }
}
