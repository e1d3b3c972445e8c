package dev.gatun.hopfield;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.kernel.pass.HopfieldPass;
import dev.gatun.kernel.pass.PairGram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Attention heads as Hopfield networks: {@code M = Q K^T} is the sum of the energy landscape {@code M_sym = (M + M^T) / 2} and the
 * circulation {@code M_skew = (M - M^T) / 2} (H. Cho et al., arXiv 2605.27476).
 *
 * <p>M has the factor 1 unless {@link #withScale} sets another, and is never formed: the figures of a head with C channels take
 * {@code O(N d (d + C))} operations and {@code O((N + d) (d + C))} memory.
 *
 * <p>A {@code Hopfield} is an immutable description: it holds views of queries and keys, and reads them at each call.
 */
public final class Hopfield {

    /** The number of heads in progress per worker, if there are several workers. */
    private static final int HEADS_PER_WORKER = 2;

    private final Heads q;
    private final Heads k;
    private final double scale;
    private final Workers workers;

    private Hopfield(Heads q, Heads k, double scale, Workers workers) {
        this.q = q;
        this.k = k;
        this.scale = scale;
        this.workers = workers;
    }

    /**
     * The network of one head: see {@link #of(Heads, Heads)}.
     *
     * @param q queries {@code (N, d)}
     * @param k keys {@code (N, d)}
     * @return the network
     * @throws IllegalArgumentException as {@link #of(Heads, Heads)} does
     * @throws IllegalStateException    as {@link #of(Heads, Heads)} does
     */
    public static Hopfield of(Matrix q, Matrix k) {
        return of(Heads.of(q), Heads.of(k));
    }

    /**
     * The networks of all heads. Query head h uses key head {@code h / (H / G)}.
     *
     * @param q queries {@code (..., H, N, d)}
     * @param k keys {@code (..., G, N, d)}, where G divides H
     * @return the networks
     * @throws IllegalArgumentException if the numbers of queries and keys differ, the shapes do not fit otherwise, or an entry is not
     *                                  finite
     * @throws IllegalStateException    if the Vector API is not available, or a segment is closed
     */
    public static Hopfield of(Heads q, Heads k) {
        // Scores have the same requirements, except that the numbers of queries and keys may differ.
        Scores.of(q, k);
        if (q.rows() != k.rows()) {
            throw new IllegalArgumentException(
                    "M = Q K^T has a symmetric part only of as many queries as keys; there are %s queries and %s keys"
                            .formatted(q.rows(), k.rows()));
        }
        return new Hopfield(q, k, 1, Workers.caller());
    }

    /**
     * Sets the factor of {@code M = scale Q K^T}. Only energies depend on it.
     *
     * @param newScale a positive finite number, 1 by default
     * @return the networks with this scale
     * @throws IllegalArgumentException if the scale is not positive and finite
     */
    public Hopfield withScale(double newScale) {
        if (!(newScale > 0 && newScale < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("scale must be positive and finite, not " + newScale);
        }
        return new Hopfield(q, k, newScale, workers);
    }

    /**
     * Sets the workers that share the work. Results are the same to the last bit.
     *
     * @param newWorkers the workers; the calling thread alone by default
     * @return the networks with these workers
     */
    public Hopfield withWorkers(Workers newWorkers) {
        return new Hopfield(q, k, scale, Objects.requireNonNull(newWorkers));
    }

    /**
     * The symmetry {@code eta = (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)} of the M of each head, in float64, with queries and
     * keys as given, not centred.
     *
     * @return one eta per query head: 1 if M is symmetric, -1 if it is skew, 0 if it is zero
     * @throws IllegalArgumentException if an entry is not finite
     * @throws IllegalStateException    if a segment is closed
     */
    public double[] eta() {
        requireInputs();
        double[] eta = new double[q.count()];
        PairGram[] grams = new PairGram[headsAtOnce()];
        Arrays.setAll(grams, g -> new PairGram(q.rows(), q.columns()));
        int parts = grams[0].parts();
        for (int first = 0; first < eta.length; first += grams.length) {
            int count = Math.min(grams.length, eta.length - first);
            // The calling thread copies, because it may be the only one with access to the segments.
            for (int g = 0; g < count; g++) {
                q.matrix(first + g).copyTo(grams[g].queries());
                keys(first + g).copyTo(grams[g].keys());
            }
            workers.run(count, (g, worker) -> grams[g].begin());
            workers.run(count * parts, (piece, worker) -> grams[piece / parts].multiply(piece % parts));
            for (int g = 0; g < count; g++) {
                eta[first + g] = grams[g].eta();
            }
        }
        return eta;
    }

    /** The number of heads in progress at once: 1 if the calling thread works alone. */
    private int headsAtOnce() {
        return Math.min(q.count(), workers.threads() == 1 ? 1 : HEADS_PER_WORKER * workers.threads());
    }

    /**
     * The figures of one head: see {@link #figures(Heads)}.
     *
     * @param h the result {@code (N, C)} of the head
     * @return the figures
     * @throws IllegalArgumentException as {@link #figures(Heads)} does
     * @throws IllegalStateException    if a segment is closed
     */
    public HopfieldFigures figures(Matrix h) {
        return figures(Heads.of(h)).getFirst();
    }

    /**
     * The figures of all heads.
     *
     * @param h the results {@code (..., H, N, C)} of the heads: those of attention, or any others
     * @return one element per query head
     * @throws IllegalArgumentException if the shape does not fit that of the queries, or an entry is not finite
     * @throws IllegalStateException    if a segment is closed
     */
    public List<HopfieldFigures> figures(Heads h) {
        requireInputs();
        requireStates(h);
        List<HopfieldFigures> figures = new ArrayList<>();
        HopfieldPass[] passes = new HopfieldPass[headsAtOnce()];
        Arrays.setAll(passes, p -> new HopfieldPass(q.rows(), q.columns(), h.columns()));
        for (int first = 0; first < q.count(); first += passes.length) {
            int count = Math.min(passes.length, q.count() - first);
            for (int p = 0; p < count; p++) {
                q.matrix(first + p).copyTo(passes[p].queries());
                keys(first + p).copyTo(passes[p].keys());
                h.matrix(first + p).copyTo(passes[p].retrieved());
            }
            compute(passes, count);
            for (int p = 0; p < count; p++) {
                figures.add(figures(passes[p], h.columns()));
            }
        }
        return figures;
    }

    /** Checks that the memory of the inputs is open and their entries are finite. */
    private void requireInputs() {
        q.requireFinite("q");
        k.requireFinite("k");
    }

    private void requireStates(Heads h) {
        Objects.requireNonNull(h, "h is null");
        if (h.batch() != q.batch() || h.heads() != q.heads() || h.rows() != q.rows()) {
            throw new IllegalArgumentException("h has shape %s; expected %s, a row for each query"
                    .formatted(Arrays.toString(h.shape()), Arrays.toString(q.shapeWith(q.rows(), h.columns()))));
        }
        h.requireFinite("h");
    }

    /** The keys of query head {@code head}. */
    private Matrix keys(int head) {
        return k.matrix(head / q.heads(), head % q.heads() / (q.heads() / k.heads()));
    }

    private void compute(HopfieldPass[] passes, int count) {
        int parts = passes[0].parts();
        workers.run(count, (p, worker) -> passes[p].begin());
        workers.run(count * parts, (piece, worker) -> passes[piece / parts].multiply(piece % parts));
        workers.run(count, (p, worker) -> passes[p].combine());
        workers.run(count * parts, (piece, worker) -> passes[piece / parts].field(piece % parts));
    }

    private HopfieldFigures figures(HopfieldPass pass, int channels) {
        return new HopfieldFigures(pass.eta(), pass.etaCentred(), IntStream.range(0, channels).mapToObj(c ->
                new ChannelFigures(scale * pass.energy(c), pass.instability(c), pass.alignment(c), pass.constant(c))).toList());
    }
}
