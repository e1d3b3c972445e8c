package dev.gatun.cli.analysis;

import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Unconverged;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.output.Figure;
import dev.gatun.dynamics.Regime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** An analysis in plain words, a sentence a line. */
public final class AnalysisSummary {

    private final Inputs inputs;
    private final List<HeadAnalysis> heads;

    public AnalysisSummary(Inputs inputs, List<HeadAnalysis> heads) {
        this.inputs = inputs;
        this.heads = heads;
    }

    /** Whether every check of every head passed. */
    public boolean passed() {
        return faults().isEmpty();
    }

    /** The sentences. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        sentences.add(AnalysisTable.size(inputs) + ": every row-stochastic operator has row sums within "
                + largest(OperatorName::normalisesRows, OperatorAnalysis::rowDeviation)
                + " of 1, and every column-stochastic one column sums within "
                + largest(OperatorName::normalisesColumns, OperatorAnalysis::columnDeviation) + " of 1.");
        for (OperatorName name : OperatorName.values()) {
            if (name.isBistochastic() && analysed(name)) {
                sentences.add(forms(name));
            }
        }
        faults().forEach(fault -> sentences.add("FAILED: " + fault));
        if (passed()) {
            sentences.add("All checks passed.");
        }
        if (heads.stream().allMatch(head -> head.dynamics() != null)) {
            sentences.add(dynamics());
        }
        return sentences;
    }

    /** The dynamics of attention, for a reader who does not know the figures. */
    private String dynamics() {
        List<HeadAnalysis> moving = heads.stream().filter(head -> !head.dynamics().vacuous()).toList();
        if (moving.isEmpty()) {
            return "Dynamics of attention: every chain ends for good in single tokens; then nothing moves, and no entropy is"
                    + " produced.";
        }
        long near = moving.stream().filter(head -> head.dynamics().nearEquilibrium()).count();
        String absorbed = moving.size() == heads.size() ? "" : "; " + (heads.size() - moving.size()) + " absorbed";
        return "Dynamics of attention: " + near + " of " + heads.size()
                + (heads.size() == 1 ? " head is" : near == 1 ? " heads is" : " heads are") + " near equilibrium,"
                + " where as much moves from a token to another as back, as in diffusion" + absorbed + ". " + furthest(moving);
    }

    /** Entropy production is the mean logarithm of the ratio of the probabilities of a step and its reverse. */
    private String furthest(List<HeadAnalysis> moving) {
        HeadAnalysis head = Collections.max(moving, Comparator.comparingDouble(one -> one.dynamics().entropyProduction()));
        double entropy = head.dynamics().entropyProduction();
        if (head.dynamics().regime() == Regime.EQUILIBRIUM) {
            return "None has a current.";
        }
        String reverse = entropy == Double.POSITIVE_INFINITY ? "some of its steps cannot be taken back"
                : "a step of it is " + Figure.of(StrictMath.exp(entropy)) + " times as likely as its reverse, in the geometric mean";
        return "Furthest from it is " + inputs.title(head.index()) + ", with " + Figure.of(entropy)
                + " nats of entropy a step: what it moves runs in circles, and " + reverse + ".";
    }

    /** The largest deviation of the operators without a Sinkhorn solve. */
    private String largest(Predicate<OperatorName> normalises, ToDoubleFunction<OperatorAnalysis> deviation) {
        return Figure.of(heads.stream().flatMap(head -> head.operators().stream())
                .filter(operator -> !operator.name().isBistochastic() && normalises.test(operator.name()))
                .mapToDouble(deviation).reduce(0, Math::max));
    }

    private boolean analysed(OperatorName name) {
        return heads.stream().flatMap(head -> head.operators().stream()).anyMatch(found -> found.name() == name);
    }

    private String forms(OperatorName name) {
        Unconverged unconverged = new Unconverged(inputs);
        for (HeadAnalysis head : heads) {
            head.operators().stream().filter(found -> found.name() == name)
                    .forEach(found -> unconverged.add(head.index(), found.solution()));
        }
        return name.label() + ": " + (inputs.count() - unconverged.count()) + " of " + inputs.count()
                + (inputs.count() == 1 ? " head has this coupling" : " heads have this coupling")
                + (unconverged.none() ? "." : "; " + unconverged + ".");
    }

    /** The checks that failed, a sentence each. */
    public List<String> faults() {
        List<String> faults = new ArrayList<>();
        for (HeadAnalysis head : heads) {
            for (OperatorAnalysis operator : head.operators()) {
                for (String fault : operator.faults()) {
                    faults.add(inputs.title(head.index()) + ", " + operator.name().label()
                            + ": " + fault + ".");
                }
            }
        }
        return faults;
    }
}
