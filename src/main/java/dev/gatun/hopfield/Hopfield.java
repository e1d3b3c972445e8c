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
 * Attention heads as Hopfield networks (H. Cho et al., arXiv 2605.27476): {@code M = Q K^T} is the sum of a symmetric part
 * {@code M_sym = (M + M^T) / 2}, an energy landscape, and a skew part {@code M_skew = (M - M^T) / 2}, which circulates.
 *
 * <p>M has no factor unless {@link #withScale} gives it one, and is never formed: figures take {@code O(N d (d + C))} operations
 * and {@code O((N + d) (d + C))} memory a head.
 *
 * <p>A {@code Hopfield} is a description: it holds views, reads them when it is asked, and does not change.
 */
public final class Hopfield {

    /** Heads under way for each of several workers. */
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

    /** One head: see {@link #of(Heads, Heads)}. */
    public static Hopfield of(Matrix q, Matrix k) {
        return of(Heads.of(q), Heads.of(k));
    }

    /**
     * The networks of queries {@code (..., H, N, d)} with keys {@code (..., G, N, d)}, where G divides H: query head h goes with
     * key head {@code h / (H / G)}.
     *
     * @throws IllegalArgumentException if there are not as many queries as keys, the shapes do not go together otherwise, or an
     *                                  entry is not finite
     * @throws IllegalStateException    if the Vector API is not there, or a segment is closed
     */
    public static Hopfield of(Heads q, Heads k) {
        // Scores ask the same of queries and keys, but for their numbers.
        Scores.of(q, k);
        if (q.rows() != k.rows()) {
            throw new IllegalArgumentException(
                    "M = Q K^T has a symmetric part only of as many queries as keys; there are %s queries and %s keys"
                            .formatted(q.rows(), k.rows()));
        }
        return new Hopfield(q, k, 1, Workers.caller());
    }

    /** With {@code M = scale Q K^T}, which is a factor of energies and of nothing else. */
    public Hopfield withScale(double newScale) {
        if (!(newScale > 0 && newScale < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("scale must be positive and finite, not " + newScale);
        }
        return new Hopfield(q, k, newScale, workers);
    }

    /** With work shared among {@code newWorkers}; results stay the same to the last bit. */
    public Hopfield withWorkers(Workers newWorkers) {
        return new Hopfield(q, k, scale, Objects.requireNonNull(newWorkers));
    }

    /**
     * How symmetric M is, {@code eta = (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)}, of each head in
     * {@code 0 .. H - 1}: 1 where M is symmetric, -1 where it is skew, 0 of a zero matrix. M is as given, queries and keys not
     * centred. In double precision.
     */
    public double[] eta() {
        requireInputs();
        double[] eta = new double[q.count()];
        PairGram[] grams = new PairGram[together()];
        Arrays.setAll(grams, g -> new PairGram(q.rows(), q.columns()));
        int parts = grams[0].parts();
        for (int first = 0; first < eta.length; first += grams.length) {
            int count = Math.min(grams.length, eta.length - first);
            // By the calling thread, which may be the only one allowed to read.
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

    /** Heads under way at once: one thread takes one after the other, in the same memory. */
    private int together() {
        return Math.min(q.count(), workers.threads() == 1 ? 1 : HEADS_PER_WORKER * workers.threads());
    }

    /** One head: see {@link #figures(Heads)}. */
    public HopfieldFigures figures(Matrix h) {
        return figures(Heads.of(h)).getFirst();
    }

    /**
     * The figures of each head in {@code 0 .. H - 1}.
     *
     * @param h what the heads retrieved, {@code (..., H, N, C)}: attention's result, say, or any other
     * @throws IllegalArgumentException if the shape does not go with that of the queries, or an entry is not finite
     * @throws IllegalStateException    if a segment is closed
     */
    public List<HopfieldFigures> figures(Heads h) {
        requireInputs();
        requireStates(h);
        List<HopfieldFigures> figures = new ArrayList<>();
        HopfieldPass[] passes = new HopfieldPass[together()];
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

    /** That they are still there, and still finite. */
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

    /** The keys that go with query head {@code head}. */
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
