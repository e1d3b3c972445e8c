package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.VisiblePairs;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The masses of rows and columns of which any pairs may be visible, and what coupling they leave room for: by a largest flow of mass
 * from rows to columns (Edmonds and Karp), and by which visible pairs lie on a cycle of what it leaves. A pair on none carries mass
 * in no coupling. Takes {@code O(N M / 64)} for each path by which mass is moved, of about N + M.
 */
final class PairMasses {

    /** The part within which masses count as equal, as they may come from float32. */
    private static final double ROUNDING = 1e-6;

    /** Masses below this part of the total, or of their row or column, may be what is left of others. */
    private static final double DUST = 1e-12;

    private static final int NOBODY = -1;

    private final VisiblePairs pairs;
    private final VisiblePairs transposed;
    private final double[] mu;
    private final double[] nu;
    private final double rowTotal;
    private final double columnTotal;
    private final double allowed;
    private final double[] left;
    private final double[] wanted;
    private final Flow flow;
    private final int[] reachedBy;
    private final int[] takenFrom;
    private Support support;
    private String why = "";

    /** What is moved, by rows and by columns. */
    private static final class Flow {
        private final double[][] amounts;
        private final int[][] columnsOf;
        private final int[][] rowsOf;
        private final int[] columnCounts;
        private final int[] rowCounts;

        Flow(int rows, int columns) {
            amounts = new double[rows][4];
            columnsOf = new int[rows][4];
            rowsOf = new int[columns][4];
            columnCounts = new int[rows];
            rowCounts = new int[columns];
        }

        private int place(int i, int j) {
            int at = 0;
            while (at < columnCounts[i] && columnsOf[i][at] != j) {
                at++;
            }
            return at;
        }

        double amount(int i, int j) {
            int at = place(i, j);
            return at < columnCounts[i] ? amounts[i][at] : 0;
        }

        void add(int i, int j, double amount) {
            int at = place(i, j);
            if (at == columnCounts[i]) {
                amounts[i] = at == amounts[i].length ? Arrays.copyOf(amounts[i], 2 * at) : amounts[i];
                columnsOf[i] = with(columnsOf[i], columnCounts[i]++, j);
                amounts[i][at] = 0;
                rowsOf[j] = with(rowsOf[j], rowCounts[j]++, i);
            }
            amounts[i][at] += amount;
            if (!(amounts[i][at] > 0)) {
                int last = --columnCounts[i];
                columnsOf[i][at] = columnsOf[i][last];
                amounts[i][at] = amounts[i][last];
                int place = 0;
                while (rowsOf[j][place] != i) {
                    place++;
                }
                rowsOf[j][place] = rowsOf[j][--rowCounts[j]];
            }
        }

        private static int[] with(int[] members, int count, int added) {
            int[] more = count == members.length ? Arrays.copyOf(members, 2 * count) : members;
            more[count] = added;
            return more;
        }
    }

    /** @param tolerance the part by which masses may differ */
    PairMasses(VisiblePairs pairs, double[] mu, double[] nu, double tolerance) {
        this.pairs = pairs;
        this.transposed = pairs.transposed();
        this.mu = mu;
        this.allowed = tolerance;
        this.rowTotal = Support.total(mu);
        this.columnTotal = Support.total(nu);
        this.nu = nu.clone();
        for (int j = 0; j < nu.length && columnTotal > 0; j++) {
            this.nu[j] *= rowTotal / columnTotal;
        }
        this.left = mu.clone();
        this.wanted = this.nu.clone();
        this.flow = new Flow(mu.length, nu.length);
        this.reachedBy = new int[nu.length];
        this.takenFrom = new int[mu.length];
        this.support = find();
    }

    Support support() {
        return support;
    }

    /** Why the support is not total, in one sentence; empty where it is. */
    String why() {
        return why;
    }

    private Support none(String reason) {
        why = reason;
        return Support.NONE;
    }

    private Support find() {
        if (Math.abs(rowTotal - columnTotal) > Math.max(allowed, DUST) * Math.max(rowTotal, columnTotal)) {
            return none("rows have a mass of %s and columns of %s".formatted(rowTotal, columnTotal));
        }
        int row = stranded(pairs, mu, nu);
        if (row != NOBODY) {
            return none("row %s has a mass of %s but sees no column with mass".formatted(row, mu[row]));
        }
        int column = stranded(transposed, nu, mu);
        if (column != NOBODY) {
            return none("column %s has a mass of %s but no row with mass sees it".formatted(column, nu[column]));
        }
        fill();
        while (moveMore()) {
            // Each path moves some more.
        }
        for (int i = 0; i < mu.length; i++) {
            if (left[i] > DUST * mu[i] && crowded(i)) {
                return Support.NONE;
            }
        }
        return whole() ? Support.TOTAL : Support.PARTIAL;
    }

    private static int stranded(VisiblePairs pairs, double[] masses, double[] others) {
        for (int i = 0; i < masses.length; i++) {
            int j = masses[i] > 0 ? pairs.next(i, 0) : NOBODY;
            while (j != NOBODY && j < others.length && !(others[j] > 0)) {
                j = pairs.next(i, j + 1);
            }
            if (j == others.length) {
                return i;
            }
        }
        return NOBODY;
    }

    /** Moves what goes without taking anything back. */
    private void fill() {
        for (int i = 0; i < mu.length; i++) {
            for (int j = pairs.next(i, 0); j < nu.length && left[i] > 0; j = pairs.next(i, j + 1)) {
                double amount = Math.min(left[i], wanted[j]);
                if (amount > 0) {
                    left[i] -= amount;
                    wanted[j] -= amount;
                    flow.add(i, j, amount);
                }
            }
        }
    }

    /** Moves along a shortest path from a row with mass left to a column that wants some; false where there is none. */
    private boolean moveMore() {
        ArrayDeque<Integer> waiting = new ArrayDeque<>();
        Arrays.fill(reachedBy, NOBODY);
        Arrays.fill(takenFrom, NOBODY);
        boolean[] seen = new boolean[mu.length];
        for (int i = 0; i < mu.length; i++) {
            if (left[i] > DUST * mu[i]) {
                waiting.add(i);
                seen[i] = true;
            }
        }
        int end = search(waiting, seen);
        if (end == NOBODY) {
            return false;
        }
        move(end);
        return true;
    }

    /** A column that wants mass, or {@link #NOBODY}. */
    private int search(ArrayDeque<Integer> waiting, boolean[] seen) {
        long[] unvisited = VisiblePairs.all(nu.length);
        while (!waiting.isEmpty()) {
            int i = waiting.poll();
            for (int j = pairs.next(i, 0, unvisited); j < nu.length; j = pairs.next(i, j + 1, unvisited)) {
                VisiblePairs.remove(unvisited, j);
                reachedBy[j] = i;
                if (wanted[j] > DUST * nu[j]) {
                    return j;
                }
                for (int r = 0; r < flow.rowCounts[j]; r++) {
                    int other = flow.rowsOf[j][r];
                    if (!seen[other]) {
                        seen[other] = true;
                        takenFrom[other] = j;
                        waiting.add(other);
                    }
                }
            }
        }
        return NOBODY;
    }

    private void move(int end) {
        double amount = wanted[end];
        int j = end;
        int i = reachedBy[j];
        while (takenFrom[i] != NOBODY) {
            amount = Math.min(amount, flow.amount(i, takenFrom[i]));
            j = takenFrom[i];
            i = reachedBy[j];
        }
        amount = Math.min(amount, left[i]);
        left[i] -= amount;
        wanted[end] -= amount;
        j = end;
        while (j != NOBODY) {
            i = reachedBy[j];
            flow.add(i, j, amount);
            j = takenFrom[i];
            if (j != NOBODY) {
                flow.add(i, j, -amount);
            }
        }
    }

    /** Whether rows that the mass left on row {@code start} might be exchanged with have more mass than all columns that they see. */
    private boolean crowded(int start) {
        ArrayDeque<Integer> waiting = new ArrayDeque<>();
        boolean[] seen = new boolean[mu.length];
        Arrays.fill(reachedBy, NOBODY);
        waiting.add(start);
        seen[start] = true;
        if (search(waiting, seen) != NOBODY) {
            return false;
        }
        double own = 0;
        int count = 0;
        for (int i = 0; i < mu.length; i++) {
            own += seen[i] ? mu[i] : 0;
            count += seen[i] ? 1 : 0;
        }
        double room = 0;
        for (int j = 0; j < nu.length; j++) {
            room += reachedBy[j] == NOBODY ? 0 : nu[j];
        }
        double slack = ROUNDING * Math.min(own, rowTotal - own) + DUST * rowTotal;
        boolean crowded = own > room + Math.max(slack, allowed * Math.min(own, rowTotal - own));
        if (crowded) {
            why = "a mass of %s on row %s%s is more than the %s of all columns seen from there".formatted(own, start,
                    count == 1 ? "" : " and %s others".formatted(count - 1), room);
        }
        return crowded;
    }

    /** Whether every visible pair with mass on both sides lies on a cycle of what may be moved, and so carries mass somewhere. */
    private boolean whole() {
        int[] component = new Components().find();
        if (Arrays.stream(component).allMatch(number -> number == component[0])) {
            return true;
        }
        for (int i = 0; i < mu.length; i++) {
            for (int j = pairs.next(i, 0); j < nu.length && counts(mu[i]); j = pairs.next(i, j + 1)) {
                if (counts(nu[j]) && component[i] != component[mu.length + j]) {
                    why = ("some visible entries are zero in every plan, so no finite potentials reach the marginals: "
                            + "row %s needs all its mass for columns other than %s").formatted(i, j);
                    return false;
                }
            }
        }
        return true;
    }

    private boolean counts(double mass) {
        return mass > DUST * rowTotal;
    }

    /** Strongly connected rows and columns (Kosaraju): a row leads to all columns that it sees, a column to the rows it has mass of. */
    private final class Components {
        private final int n = mu.length;
        private final int[] component = new int[n + nu.length];
        private final boolean[] seen = new boolean[n + nu.length];
        private final long[] unseenColumns = VisiblePairs.all(nu.length);
        private final long[] unspreadRows = VisiblePairs.all(n);
        private final int[] place = new int[n + nu.length];
        private final int[] order = new int[n + nu.length];
        private int finished;

        int[] find() {
            for (int start = 0; start < seen.length; start++) {
                visit(start);
            }
            Arrays.fill(component, NOBODY);
            for (int k = order.length - 1; k >= 0; k--) {
                if (component[order[k]] == NOBODY) {
                    spread(order[k]);
                }
            }
            return component;
        }

        private void visit(int start) {
            ArrayDeque<Integer> path = new ArrayDeque<>();
            for (int node = enter(start, path); node != NOBODY; node = path.isEmpty() ? NOBODY : path.peek()) {
                int next = follower(node);
                if (next == NOBODY) {
                    order[finished++] = path.pop();
                } else {
                    enter(next, path);
                }
            }
        }

        private int enter(int node, ArrayDeque<Integer> path) {
            if (seen[node]) {
                return NOBODY;
            }
            seen[node] = true;
            if (node >= n) {
                VisiblePairs.remove(unseenColumns, node - n);
            }
            path.push(node);
            return node;
        }

        /** The next node that was not seen, or {@link #NOBODY}. */
        private int follower(int node) {
            if (node < n) {
                int j = pairs.next(node, place[node], unseenColumns);
                place[node] = j;
                return j < nu.length ? n + j : NOBODY;
            }
            int j = node - n;
            while (place[node] < flow.rowCounts[j]) {
                int i = flow.rowsOf[j][place[node]++];
                if (!seen[i] && carries(i, j)) {
                    return i;
                }
            }
            return NOBODY;
        }

        /** Gives all that lead to a node its component. */
        private void spread(int start) {
            ArrayDeque<Integer> waiting = new ArrayDeque<>();
            assign(start, start);
            waiting.add(start);
            while (!waiting.isEmpty()) {
                int node = waiting.poll();
                if (node < n) {
                    for (int c = 0; c < flow.columnCounts[node]; c++) {
                        if (carries(node, flow.columnsOf[node][c])) {
                            take(n + flow.columnsOf[node][c], start, waiting);
                        }
                    }
                } else {
                    for (int i = transposed.next(node - n, 0, unspreadRows); i < n;
                            i = transposed.next(node - n, i + 1, unspreadRows)) {
                        take(i, start, waiting);
                    }
                }
            }
        }

        private void take(int node, int number, ArrayDeque<Integer> waiting) {
            if (component[node] == NOBODY) {
                assign(node, number);
                waiting.add(node);
            }
        }

        private void assign(int node, int number) {
            component[node] = number;
            if (node < n) {
                VisiblePairs.remove(unspreadRows, node);
            }
        }

        /** Whether a flow is more than what rounding of masses may have made. */
        private boolean carries(int i, int j) {
            return flow.amount(i, j) > ROUNDING * Math.min(mu[i], nu[j]);
        }
    }
}
