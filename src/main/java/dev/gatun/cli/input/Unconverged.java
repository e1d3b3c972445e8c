package dev.gatun.cli.input;

import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.output.Fault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The heads that did not converge, with the reasons. */
public final class Unconverged {

    /** The heads with one reason, and the reasons, that a sentence lists. */
    private static final int MAX_LISTED = 8;

    private final Inputs inputs;
    private final Map<String, List<String>> headsByReason = new LinkedHashMap<>();
    private int count;

    public Unconverged(Inputs inputs) {
        this.inputs = inputs;
    }

    /** Adds query head {@code index} if its solve did not converge. */
    public void add(int index, SinkhornSolution solution) {
        add(index, solution.status(), solution.reason());
    }

    /** Adds those of query head {@code first} and the following ones whose solve did not converge. */
    public void addAll(int first, List<SinkhornSolution> solutions) {
        for (int i = 0; i < solutions.size(); i++) {
            add(first + i, solutions.get(i));
        }
    }

    /** Adds query head {@code index} if its status is not converged. */
    public void add(int index, SinkhornStatus status, String why) {
        if (status != SinkhornStatus.CONVERGED) {
            add(index, status.label() + ", " + why);
        }
    }

    /** Adds query head {@code index}. */
    public void add(int index, String reason) {
        headsByReason.computeIfAbsent(reason, first -> new ArrayList<>()).add(inputs.title(index));
        count++;
    }

    /** Whether every head converged. */
    public boolean none() {
        return count == 0;
    }

    /** The number of heads. */
    public int count() {
        return count;
    }

    /** @throws Fault if there is one; {@code things} names what did not converge, in the plural */
    public void requireNone(String things) {
        if (!none()) {
            throw Fault.refused("%s: %d of %d %s did not converge: %s", inputs.names(), count, inputs.count(), things, this);
        }
    }

    /** @throws Fault if there is one; {@code operator} is the label of the operator that needs the solves */
    public void requireNoneFor(String operator) {
        if (!none()) {
            throw Fault.refused("%s: %s needs a Sinkhorn solve that converges; %d of %d did not: %s", inputs.names(), operator,
                    count, inputs.count(), this);
        }
    }

    /** The heads with the reasons, without a full stop. */
    @Override
    public String toString() {
        List<String> clauses = headsByReason.entrySet().stream()
                .map(entry -> listed(entry.getValue(), ", ") + ": " + entry.getKey())
                .toList();
        return listed(clauses, "; ");
    }

    private static String listed(List<String> items, String separator) {
        int rest = items.size() - MAX_LISTED;
        return items.stream().limit(MAX_LISTED).collect(Collectors.joining(separator))
                + (rest > 0 ? separator + "and " + rest + " more" : "");
    }
}
