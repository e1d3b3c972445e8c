package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pass.LogStrips;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.DoubleAccumulator;

/**
 * The currents of a chain at a law rho on its tokens, {@code J_ij = rho_i P_ij - rho_j P_ji}, and what they add up to. Streamed: the
 * matrix of currents is not stored.
 *
 * @param total             {@code 1/2 sum_ij |J_ij|}: probability per step
 * @param flow              {@code sum_{i<j} rho_i P_ij + rho_j P_ji}: what moves from one token to another
 * @param divergence        {@code 1/2 sum_i |sum_j J_ij| = 1/2 sum_i |rho_i - (rho P)_i|}: the mass that a step
 *                          moves from some tokens to others on balance, 0 at a stationary distribution
 * @param entropyProduction {@code 1/2 sum_ij J_ij log(rho_i P_ij / (rho_j P_ji))} in nats per step (Schnakenberg 1976): not negative,
 *                          0 in equilibrium, infinite where something flows that cannot flow back
 * @param ofTokens          the part of it that belongs to each token: {@code 1/2 sum_j} of the same; they sum to the whole
 * @param imbalance         the largest {@code |J_ij| / (rho_i P_ij + rho_j P_ji)} of pairs that exchange more than 1e-15 of the
 *                          rarer one's mass: what decides between equilibrium and not
 * @param strongest         the largest currents, descending
 */
public record Currents(double total, double flow, double divergence, double entropyProduction, double[] ofTokens, double imbalance,
                       List<Current> strongest) {

    /** Copies the parts of the tokens and the list. */
    public Currents {
        ofTokens = ofTokens.clone();
        strongest = List.copyOf(strongest);
    }

    /** The part of the entropy production that belongs to each token: a copy. */
    @Override
    public double[] ofTokens() {
        return ofTokens.clone();
    }

    /** What a pair exchanges, beside the mass of the rarer token, for its balance to count. */
    private static final double NOTICEABLE = 0x1p-50;

    /** Order of currents: the largest first, then by token. */
    private static final Comparator<Current> DESCENDING = Comparator.comparingDouble(Current::current).reversed()
            .thenComparingInt(Current::from).thenComparingInt(Current::to);

    /**
     * The currents at a law.
     *
     * @param logRho log2 of the law: flows are formed in the log domain, for a rate may be as small as a mass is large
     * @param count  how many of the largest are listed, at least 1
     */
    static Currents of(LogTransitions chain, double[] logRho, int count) {
        Block[] blocks = new Block[chain.blocks()];
        DoubleAccumulator floor = new DoubleAccumulator(Math::max, 0);
        chain.both((block, leaving, from, coming, scratch) -> {
            blocks[block] = new Block(block, logRho, count, floor);
            blocks[block].add(leaving, from, coming, scratch);
        });
        return sum(blocks, count, floor.get(), logRho.length);
    }

    private static Currents sum(Block[] blocks, int count, double floor, int size) {
        double total = 0;
        double flow = 0;
        double divergence = 0;
        double imbalance = 0;
        double[] ofTokens = new double[size];
        List<Current> strongest = new ArrayList<>();
        for (Block block : blocks) {
            total += block.total / 2;
            flow += block.flow / 2;
            divergence += Arrays.stream(block.net).map(Math::abs).sum() / 2;
            imbalance = Math.max(imbalance, block.imbalance);
            block.strongest.stream().filter(current -> current.current() >= floor).forEach(strongest::add);
            System.arraycopy(block.produced, 0, ofTokens, block.first, block.rows);
        }
        strongest.sort(DESCENDING);
        return new Currents(total, flow, divergence, Arrays.stream(ofTokens).sum(), ofTokens, imbalance,
                List.copyOf(strongest.subList(0, Math.min(count, strongest.size()))));
    }

    /** The largest {@code |J_ij|}. */
    public double greatest() {
        return strongest.isEmpty() ? 0 : strongest.getFirst().current();
    }

    /** The pairs of one block of tokens with all others: each of its own tokens' share of what a pair has is half of it. */
    private static final class Block {
        private final int first;
        private final int rows;
        private final double[] logRho;
        private final int count;
        /** The least of as many currents as are listed, in some block: smaller ones are not among the largest. */
        private final DoubleAccumulator floor;
        private final double[] produced = new double[Lanes.BLOCK];
        private final double[] net = new double[Lanes.BLOCK];
        private final PriorityQueue<Current> strongest = new PriorityQueue<>(DESCENDING.reversed());
        private double least;
        private double total;
        private double flow;
        private double imbalance;

        Block(int block, double[] logRho, int count, DoubleAccumulator floor) {
            this.first = block * Lanes.BLOCK;
            this.rows = Math.min(Lanes.BLOCK, logRho.length - first);
            this.logRho = logRho;
            this.count = count;
            this.floor = floor;
        }

        void add(double[] leaving, int from, double[] coming, LogTransitions.Scratch scratch) {
            int size = logRho.length;
            double[] forth = scratch.float64(0, LogStrips.length(size));
            double[] back = scratch.float64(1, LogStrips.length(size));
            System.arraycopy(leaving, from, forth, 0, LogStrips.length(size));
            LogStrips.addToRows(forth, 0, size, Arrays.copyOf(Arrays.copyOfRange(logRho, first, first + rows), Lanes.BLOCK));
            LogStrips.powers(forth, 0, size, forth);
            LogStrips.addToColumns(coming, 0, logRho, back);
            LogStrips.powers(back, 0, size, back);
            for (int j = 0, at = 0; j < size; j++, at += Lanes.BLOCK) {
                least = Math.max(least, floor.get());
                for (int r = 0; r < rows; r++) {
                    double there = forth[at + r];
                    double here = back[at + r];
                    if (there + here > 0 && first + r != j) {
                        add(r, j, there, here, leaving[from + at + r] - coming[at + r]);
                    }
                }
            }
        }

        /** @param logRatio {@code log2(P_ij / P_ji)} */
        private void add(int r, int j, double there, double here, double logRatio) {
            int i = first + r;
            double current = there - here;
            double exchanged = there + here;
            total += Math.abs(current);
            flow += exchanged;
            net[r] += current;
            if (Math.abs(current) > imbalance * exchanged && exchanged > NOTICEABLE * Math.pow(2, Math.min(logRho[i], logRho[j]))) {
                imbalance = Math.abs(current) / exchanged;
            }
            double affinity = (logRho[i] - logRho[j] + logRatio) * Math.log(2);
            produced[r] += current == 0 ? 0 : current * affinity / 2;
            if (current >= least && current > 0) {
                keep(new Current(i, j, current, exchanged, affinity));
            }
        }

        private void keep(Current found) {
            strongest.add(found);
            if (strongest.size() > count) {
                strongest.poll();
            }
            if (strongest.size() == count) {
                floor.accumulate(strongest.peek().current());
            }
        }
    }
}
