package dev.gatun.dynamics;

import dev.gatun.Transitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogStrips;
import dev.gatun.kernel.StateElimination;
import java.util.Arrays;

/**
 * The stationary law of a chain that is not kept: {@code rho <- rho P}, and where that is slow a correction of groups of tokens at once
 * (Koury, McAllister and Stewart 1984). What a step still changes is, once the fast parts have gone, in proportion to the error; so
 * tokens whose change is about the same make a group, and the chain of the groups, which is small, is solved for their weights.
 */
final class LawIteration {

    /** What a step may still change of any token's mass. */
    private static final double TOLERANCE = 1e-12;

    /** A step that leaves more than this part of the change is slow. */
    private static final double SLOW = 0.3;

    /** Steps after a correction before the next. */
    private static final int SMOOTHING = 2;

    /** Groups in all. */
    private static final int GROUPS = 64;

    /** Up to this size elimination takes no longer than {@link #FEW_PASSES} passes. */
    private static final int MOST_ELIMINATED = 4096;
    private static final int FEW_PASSES = 50;
    private static final int MOST_PASSES = 1000;

    private final Transitions chain;
    private final CommunicatingClasses classes;
    private final int size;
    private final int groupsOfClass;
    private double[] rho;
    private int passes;
    private boolean converged;

    LawIteration(Transitions chain, CommunicatingClasses classes) {
        this.chain = chain;
        this.classes = classes;
        this.size = chain.size();
        this.groupsOfClass = Math.clamp(GROUPS / classes.count(), 2, GROUPS);
        this.rho = start();
        iterate();
        if (!converged && size <= MOST_ELIMINATED && classes.whole()) {
            rho = StateElimination.stationaryLaw(chain.probabilities(), size);
            converged = true;
        }
    }

    double[] law() {
        return rho;
    }

    int passes() {
        return passes;
    }

    boolean converged() {
        return converged;
    }

    /** Each class has the mass that comes to it, and keeps it. */
    private double[] start() {
        double[] law = new double[size];
        for (int c = 0; c < classes.count(); c++) {
            for (int token : classes.members().get(c)) {
                law[token] = classes.share()[c] / classes.members().get(c).length;
            }
        }
        return law;
    }

    private void iterate() {
        int most = size <= MOST_ELIMINATED ? FEW_PASSES : MOST_PASSES;
        double[] lastChange = null;
        double last = Double.POSITIVE_INFINITY;
        int since = 0;
        while (passes < most) {
            double[] next = chain.later(rho);
            passes++;
            double residual = StationaryLaw.residual(rho, next);
            if (residual <= TOLERANCE) {
                rho = next;
                converged = true;
                return;
            }
            double[] change = change(next);
            boolean oscillates = lastChange != null && cosine(change, lastChange, rho) < -SLOW;
            boolean slow = residual > SLOW * last;
            rho = oscillates ? mean(rho, next) : next;
            since++;
            if (slow && !oscillates && since > SMOOTHING) {
                correct(change);
                since = 0;
            }
            last = residual;
            lastChange = change;
        }
    }

    /** {@code log(next / rho)}, about, 0 where there is no mass. */
    private double[] change(double[] next) {
        double[] change = new double[size];
        Arrays.setAll(change, i -> rho[i] > 0 ? Math.log(next[i] / rho[i]) : 0);
        return change;
    }

    private static double cosine(double[] a, double[] b, double[] weights) {
        double product = 0;
        double squareA = 0;
        double squareB = 0;
        for (int i = 0; i < a.length; i++) {
            product += weights[i] * a[i] * b[i];
            squareA += weights[i] * a[i] * a[i];
            squareB += weights[i] * b[i] * b[i];
        }
        return product / Math.sqrt(squareA * squareB + Double.MIN_NORMAL);
    }

    private static double[] mean(double[] a, double[] b) {
        double[] mean = new double[a.length];
        Arrays.setAll(mean, i -> (a[i] + b[i]) / 2);
        return mean;
    }

    /** Solves for the weights of groups of tokens whose masses change alike. */
    private void correct(double[] change) {
        int[] group = groups(change);
        double[][] flows = flows(group);
        for (int c = 0; c < classes.count(); c++) {
            double[] factors = factors(flows, c * groupsOfClass);
            for (int token : classes.members().get(c)) {
                rho[token] *= factors[group[token] - c * groupsOfClass];
            }
        }
        passes++;
    }

    private int[] groups(double[] change) {
        int[] group = new int[size];
        for (int c = 0; c < classes.count(); c++) {
            int[] tokens = classes.members().get(c);
            double least = Arrays.stream(tokens).mapToDouble(i -> change[i]).min().orElseThrow();
            double greatest = Arrays.stream(tokens).mapToDouble(i -> change[i]).max().orElseThrow();
            double step = Math.max((greatest - least) / groupsOfClass, Double.MIN_NORMAL);
            for (int i : tokens) {
                group[i] = c * groupsOfClass + Math.clamp((int) ((change[i] - least) / step), 0, groupsOfClass - 1);
            }
        }
        return group;
    }

    /** {@code sum_{i in a, j in b} rho_i P_ij}. */
    private double[][] flows(int[] group) {
        int count = classes.count() * groupsOfClass;
        double[][] ofBlock = new double[chain.blocks()][count * count];
        chain.leaving((block, strip, from, room) -> {
            double[] powers = room.doubles(0, LogStrips.length(size));
            LogStrips.powers(strip, from, size, powers);
            double[][] sums = new double[count][Lanes.BLOCK];
            for (int j = 0, at = 0; j < size; j++, at += Lanes.BLOCK) {
                double[] sum = sums[group[j]];
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    sum[r] += powers[at + r];
                }
            }
            for (int i = block * Lanes.BLOCK, r = 0; r < Lanes.BLOCK && i < size; i++, r++) {
                for (int b = 0; b < count && rho[i] > 0; b++) {
                    ofBlock[block][group[i] * count + b] += rho[i] * sums[b][r];
                }
            }
        });
        double[][] flows = new double[count][count];
        for (double[] part : ofBlock) {
            for (int a = 0; a < count; a++) {
                for (int b = 0; b < count; b++) {
                    flows[a][b] += part[a * count + b];
                }
            }
        }
        return flows;
    }

    /** By what each group's mass of one class is to be multiplied: 1 for a group of no tokens. */
    private double[] factors(double[][] flows, int first) {
        double[] mass = new double[groupsOfClass];
        for (int a = 0; a < groupsOfClass; a++) {
            mass[a] = Arrays.stream(flows[first + a]).sum();
        }
        int[] used = java.util.stream.IntStream.range(0, groupsOfClass).filter(a -> mass[a] > 0).toArray();
        double[] strips = new double[StateElimination.length(used.length)];
        for (int a = 0; a < used.length; a++) {
            for (int b = 0; b < used.length; b++) {
                strips[StateElimination.place(a, b, used.length)] = flows[first + used[a]][first + used[b]] / mass[used[a]];
            }
        }
        double[] law = StateElimination.stationaryLaw(strips, used.length);
        double total = Arrays.stream(mass).sum();
        double[] factors = new double[groupsOfClass];
        Arrays.fill(factors, 1);
        for (int a = 0; a < used.length; a++) {
            factors[used[a]] = total * law[a] / mass[used[a]];
        }
        return factors;
    }
}
