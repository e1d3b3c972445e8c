package dev.gatun.laws;

import java.util.Arrays;
import java.util.Locale;

/**
 * One head: the queries, keys and values that an operator is applied to, as float32 entries, row after row.
 *
 * <p>Arrays are the head's own: an operator reads them and leaves them as they are, which is a law by itself.
 */
public final class Head {

    /** Entries beyond which a head is described and not listed. */
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
     * @param d       components of a query and of a key
     * @param queries rows times d
     * @param keys    columns times d
     * @param values  columns times any number of value columns, one at least
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

    /** N, the number of queries and of rows of the result. */
    public int rows() {
        return rows;
    }

    /** M, the number of keys and of rows of the values. */
    public int columns() {
        return columns;
    }

    /** The components of a query and of a key. */
    public int d() {
        return d;
    }

    /** C, the number of columns of the values and of the result. */
    public int valueColumns() {
        return valueColumns;
    }

    /** N times d entries. */
    public float[] queries() {
        return queries;
    }

    /** M times d entries. */
    public float[] keys() {
        return keys;
    }

    /** M times C entries. */
    public float[] values() {
        return values;
    }

    /** The inverse temperature. */
    public double beta() {
        return beta;
    }

    /** The factor of inner products in beta times the scores: {@code beta / sqrt(d)}. */
    public double scale() {
        return beta / Math.sqrt(d);
    }

    /** Whether query i sees the keys up to i alone. */
    public boolean causal() {
        return causal;
    }

    /** Whether there is a mask of pairs. */
    public boolean hasPairMask() {
        return visible != null;
    }

    /** Whether the query sees the key, under whatever mask there is. */
    public boolean visible(int query, int key) {
        return (!causal || key <= query) && (visible == null || visible[query * columns + key]);
    }

    /** The masses that the rows of a plan have to meet; 1 unless {@link #hasMasses}. */
    public double[] rowMasses() {
        return hasMasses() ? rowMasses.clone() : constant(rows, 1);
    }

    /** The masses that the columns of a plan have to meet, of the same sum as those of the rows. */
    public double[] columnMasses() {
        return hasMasses() ? columnMasses.clone() : constant(columns, (double) rows / columns);
    }

    /** Whether there are masses of its own; else those of rows are 1 and those of columns alike. */
    public boolean hasMasses() {
        return rowMasses != null;
    }

    private static double[] constant(int count, double mass) {
        double[] masses = new double[count];
        Arrays.fill(masses, mass);
        return masses;
    }

    /** Of other queries, as many as before. */
    public Head withQueries(float[] others) {
        return new Head(rows, columns, d, valueColumns, others, keys, values, beta, causal, visible, rowMasses, columnMasses);
    }

    /** Of other keys, as many as before. */
    public Head withKeys(float[] others) {
        return new Head(rows, columns, d, valueColumns, queries, others, values, beta, causal, visible, rowMasses, columnMasses);
    }

    /** Of other values, in any number of columns. */
    public Head withValues(float[] others) {
        return new Head(rows, columns, d, others.length / columns, queries, keys, others, beta, causal, visible, rowMasses,
                columnMasses);
    }

    /** Of values that are the identity: the result is the matrix of the operator. */
    public Head withIdentityValues() {
        float[] identity = new float[columns * columns];
        for (int j = 0; j < columns; j++) {
            identity[j * columns + j] = 1;
        }
        return withValues(identity);
    }

    /** Of values that are all 1, in one column. */
    public Head withUnitValues() {
        float[] units = new float[columns];
        Arrays.fill(units, 1);
        return withValues(units);
    }

    /** At another inverse temperature. */
    public Head withBeta(double other) {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, other, causal, visible, rowMasses, columnMasses);
    }

    /** With a causal mask beside whatever mask there is. */
    public Head withCausalMask() {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, true, visible, rowMasses, columnMasses);
    }

    /** Where {@code pairs} says for each query and key whether it is visible, row after row. */
    public Head withPairMask(boolean[] pairs) {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, causal, pairs, rowMasses, columnMasses);
    }

    /** Without any mask. */
    public Head withoutMask() {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, false, null, rowMasses, columnMasses);
    }

    /** Whose plan has these masses to meet. */
    public Head withMasses(double[] ofRows, double[] ofColumns) {
        return new Head(rows, columns, d, valueColumns, queries, keys, values, beta, causal, visible, ofRows, ofColumns);
    }

    /** Whose plan has rows, and columns, of equal masses to meet. */
    public Head withoutMasses() {
        return withMasses(null, null);
    }

    /** With a vector added to all queries and another to all keys. */
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
     * Only the queries and keys of these numbers, in this order, with their values, masks and masses; those of the columns are
     * scaled to the sum of those of the rows.
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

    /** Only the components of these numbers. */
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

    /** The rows of these numbers of entries that lie row after row. */
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

    /** The whole head where it is small, and what it is like where it is not. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("%s, %s of %s, values of %s, beta %s".formatted(counted(rows, "query", "queries"),
                counted(columns, "key", "keys"), counted(d, "component", "components"),
                counted(valueColumns, "column", "columns"), number(beta)));
        text.append(causal ? ", causal mask" : "").append(visible == null ? "" : ", mask of pairs");
        if (toList(queries) + toList(keys) + toList(values) > LISTED) {
            return text.append(", scores up to %.3g".formatted(greatestScore())).toString();
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

    private double greatestScore() {
        double greatest = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double product = 0;
                for (int c = 0; c < d; c++) {
                    product += (double) queries[i * d + c] * keys[j * d + c];
                }
                greatest = Math.max(greatest, Math.abs(product));
            }
        }
        return scale() * greatest;
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
