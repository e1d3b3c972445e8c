package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pass.LogStrips;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.DoubleAccumulator;

/**
 * Sums over the currents {@code J_ij = rho_i P_ij - rho_j P_ji} of a chain P at a distribution rho of its tokens, and the largest
 * currents. The matrix of currents is not stored.
 *
 * @param total             {@code 1/2 sum_ij |J_ij|}, in probability per step
 * @param flow              {@code sum_{i<j} rho_i P_ij + rho_j P_ji}: the probability that moves to another token per step
 * @param divergence        {@code 1/2 sum_i |sum_j J_ij| = 1/2 sum_i |rho_i - (rho P)_i|}: half the change of rho in a step, 0 at a
 *                          stationary distribution
 * @param entropyProduction {@code 1/2 sum_ij J_ij log(rho_i P_ij / (rho_j P_ji))} in nats per step (Schnakenberg 1976): at least 0;
 *                          0 in equilibrium; infinite if {@code rho_i P_ij > 0} and {@code P_ji = 0} for some pair
 * @param entropyByToken    the part of each token i, {@code 1/2 sum_j J_ij log(rho_i P_ij / (rho_j P_ji))}; the parts sum to the
 *                          entropy production
 * @param imbalance         the maximum of {@code |J_ij| / (rho_i P_ij + rho_j P_ji)} over pairs whose flow exceeds 1e-15 of the mass of
 *                          the rarer token: 0 in detailed balance, 1 if some flow has no reverse
 * @param strongest         the largest currents, descending
 */
public record Currents(double total, double flow, double divergence, double entropyProduction, double[] entropyByToken,
                       double imbalance, List<Current> strongest) {

    /** The flow of a pair, relative to the mass of the rarer token, above which its imbalance counts. */
    private static final double MIN_FLOW = 0x1p-50;

    /** Currents by size, the largest first, then by token. */
    private static final Comparator<Current> DESCENDING = Comparator.comparingDouble(Current::current).reversed()
            .thenComparingInt(Current::from).thenComparingInt(Current::to);

    /** Copies the array and the list. */
    public Currents {
        entropyByToken = entropyByToken.clone();
        strongest = List.copyOf(strongest);
    }

    /**
     * The entropy production of each token, in nats per step.
     *
     * @return a copy
     */
    @Override
    public double[] entropyByToken() {
        return entropyByToken.clone();
    }

    /**
     * The currents of a chain at a distribution.
     *
     * @param logRho log2 of the distribution: a flow is the power of a sum, because a rate may be as small as a mass is large
     * @param count  the number of currents to list, at least 1
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
        double[] entropyByToken = new double[size];
        List<Current> strongest = new ArrayList<>();
        for (Block block : blocks) {
            total += block.total / 2;
            flow += block.flow / 2;
            divergence += Arrays.stream(block.net).map(Math::abs).sum() / 2;
            imbalance = Math.max(imbalance, block.imbalance);
            block.strongest.stream().filter(current -> current.current() >= floor).forEach(strongest::add);
            System.arraycopy(block.entropy, 0, entropyByToken, block.first, block.rows);
        }
        strongest.sort(DESCENDING);
        return new Currents(total, flow, divergence, Arrays.stream(entropyByToken).sum(), entropyByToken, imbalance,
                List.copyOf(strongest.subList(0, Math.min(count, strongest.size()))));
    }

    /**
     * The largest {@code |J_ij|}.
     *
     * @return 0 if there is no current
     */
    public double maxCurrent() {
        return strongest.isEmpty() ? 0 : strongest.getFirst().current();
    }

    /** The pairs of a block's tokens with all tokens. Every pair is met twice, once from each token, so sums count half of each. */
    private static final class Block {
        private final int first;
        private final int rows;
        private final double[] logRho;
        private final int count;
        /** The maximum over blocks of the smallest current listed by a block whose list is full: smaller currents are not listed. */
        private final DoubleAccumulator floor;
        private final double[] entropy = new double[Lanes.BLOCK];
        private final double[] net = new double[Lanes.BLOCK];
        private final PriorityQueue<Current> strongest = new PriorityQueue<>(DESCENDING.reversed());
        private double minListed;
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

        /** Adds the flows {@code rho_i P_ij} and {@code rho_j P_ji} of the block's tokens i and all j. */
        void add(double[] leaving, int from, double[] coming, LogTransitions.Scratch scratch) {
            int size = logRho.length;
            double[] forward = scratch.float64(0, LogStrips.length(size));
            double[] backward = scratch.float64(1, LogStrips.length(size));
            System.arraycopy(leaving, from, forward, 0, LogStrips.length(size));
            LogStrips.addToRows(forward, 0, size, Arrays.copyOf(Arrays.copyOfRange(logRho, first, first + rows), Lanes.BLOCK));
            LogStrips.powers(forward, 0, size, forward);
            LogStrips.addToColumns(coming, 0, logRho, backward);
            LogStrips.powers(backward, 0, size, backward);
            for (int j = 0, at = 0; j < size; j++, at += Lanes.BLOCK) {
                minListed = Math.max(minListed, floor.get());
                for (int r = 0; r < rows; r++) {
                    double flowForward = forward[at + r];
                    double flowBackward = backward[at + r];
                    if (flowForward + flowBackward > 0 && first + r != j) {
                        add(r, j, flowForward, flowBackward, leaving[from + at + r] - coming[at + r]);
                    }
                }
            }
        }

        /** @param logRatio {@code log2(P_ij / P_ji)} */
        private void add(int r, int j, double flowForward, double flowBackward, double logRatio) {
            int i = first + r;
            double current = flowForward - flowBackward;
            double flowOfPair = flowForward + flowBackward;
            total += Math.abs(current);
            flow += flowOfPair;
            net[r] += current;
            if (Math.abs(current) > imbalance * flowOfPair && flowOfPair > MIN_FLOW * LogTwo.exp2(Math.min(logRho[i], logRho[j]))) {
                imbalance = Math.abs(current) / flowOfPair;
            }
            double affinity = (logRho[i] - logRho[j] + logRatio) * LogTwo.VALUE;
            entropy[r] += current == 0 ? 0 : current * affinity / 2;
            if (current >= minListed && current > 0) {
                list(new Current(i, j, current, flowOfPair, affinity));
            }
        }

        private void list(Current current) {
            strongest.add(current);
            if (strongest.size() > count) {
                strongest.poll();
            }
            if (strongest.size() == count) {
                floor.accumulate(strongest.peek().current());
            }
        }
    }
}
