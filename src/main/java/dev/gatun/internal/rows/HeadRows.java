package dev.gatun.internal.rows;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.SinkhornPass;
import dev.gatun.kernel.pass.Tile;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A head on a machine that computes some of its rows for a solve on another one. Any number of threads may call it. */
public final class HeadRows {

    private final HeadScores head;
    private final Latest<Kernel, Passes> latest = new Latest<>();

    /** @param head the same inputs as the solve has, to the last bit */
    public HeadRows(HeadScores head) {
        this.head = head;
    }

    /** Which log-kernel a request names. */
    private record Kernel(KernelChoice choice, boolean float64) {
    }

    /** A log-kernel, and passes over it that no thread runs. */
    private record Passes(LogKernel kernel, Queue<SinkhornPass> idle) {
    }

    /** Computes parts {@code first .. end - 1} of a request of a solve. */
    public Serializable compute(Serializable request, int first, int end) {
        return switch ((RowRequest) request) {
            case RowRequest.Pass pass -> compute(pass, first, end);
            case RowRequest.ColumnLogSums sums -> logSums(sums, first, end);
        };
    }

    private Serializable compute(RowRequest.Pass request, int first, int end) {
        Passes passes = passes(request);
        SinkhornPass pass = passes.idle.poll();
        if (pass == null) {
            pass = SinkhornPass.ofSomeRows(passes.kernel);
        }
        Serializable rows = pass.compute(request.request(), first, end);
        passes.idle.add(pass);
        return rows;
    }

    private Serializable logSums(RowRequest.ColumnLogSums request, int first, int end) {
        LogKernel kernel = passes(request).kernel.transposed();
        BlockPass pass = new BlockPass(kernel, request.u());
        double[] logSums = new double[kernel.rows()];
        Tile tile = new Tile();
        for (int block = first; block < end; block++) {
            pass.logSums(block, tile, logSums);
        }
        return new RowEntries(first * Lanes.BLOCK,
                Arrays.copyOfRange(logSums, first * Lanes.BLOCK, Math.min(end * Lanes.BLOCK, logSums.length)));
    }

    private Passes passes(RowRequest request) {
        return latest.of(new Kernel(request.choice(), request.float64()), this::build);
    }

    private Passes build(Kernel asked) {
        KernelChoice choice = asked.choice;
        Normalised normalised = asked.float64 ? Normalised.BOTH : HeadScores.scaled(choice.tolerance());
        return new Passes(head.fill(head.builder(choice.divergence()), choice.divergence(), choice.fraction()).build(normalised),
                new ConcurrentLinkedQueue<>());
    }
}
