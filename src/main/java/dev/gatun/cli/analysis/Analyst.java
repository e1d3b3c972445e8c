package dev.gatun.cli.analysis;

import dev.gatun.Heads;
import dev.gatun.OperatorSums;
import dev.gatun.Scores;
import dev.gatun.SinkhornSolution;
import dev.gatun.Workers;
import dev.gatun.cli.bench.Stopwatch;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.operator.NamedOperator;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.operator.OperatorOptions;
import dev.gatun.cli.operator.OperatorResult;
import dev.gatun.cli.output.Figure;
import dev.gatun.dynamics.Dynamics;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Applies, checks and times every operator that is defined for the inputs, and measures dynamics, head by head. */
public final class Analyst {

    /** The largest deviation of sums that are 1 by construction. */
    private static final double SUM_LIMIT = 1e-5;

    /** The largest difference of mirrored entries: their float32 exponents are up to 64. */
    private static final double BALANCE_LIMIT = 1e-4;

    /** The largest number of tokens for which dynamics take seconds. */
    private static final int MAX_TOKENS = 4096;

    /** Components of arbitrary values. */
    private static final int COMPONENTS = 64;

    private final Inputs inputs;
    private final ScoreOptions scoring;
    private final OperatorOptions parameters;
    private final Workers workers;
    private final List<OperatorName> names;
    private final Stopwatch stopwatch;

    public Analyst(Inputs inputs, ScoreOptions scoring, OperatorOptions parameters, Workers workers) {
        this.inputs = inputs;
        this.scoring = scoring;
        this.parameters = parameters;
        this.workers = workers;
        this.names = Arrays.stream(OperatorName.values())
                .filter(name -> inputs.isOneSequence() ? !(inputs.forbidsSelfPairs() && name.needsVisibleSelf()) : !name.needsSelfScores())
                .toList();
        this.stopwatch = new Stopwatch(names.size() * inputs.count());
    }

    /** The dynamics of attention of query head {@code index}; null if it is not a chain of tokens, or has too many. */
    public HeadDynamics dynamics(int index, Workers team) {
        return dynamics(scoring.scores(inputs.head(index), team));
    }

    /** Analyses query head {@code index}, whose dynamics are given. */
    public HeadAnalysis head(int index, HeadDynamics dynamics) {
        HeadRun head = inputs.head(index);
        Scores scores = scoring.scores(head, workers);
        try (Arena arena = Arena.ofConfined()) {
            Heads values = head.v() != null ? head.v() : head.k() != null ? head.k() : arbitraryValues(arena);
            List<Subject> subjects = names.stream().map(name -> subject(name, scores, values, arena)).toList();
            stopwatch.warmUp(subjects.stream().filter(Subject::exists).map(Subject::application).toList());
            double eta = inputs.isOneSequence() ? scores.eta(0) : Double.NaN;
            return new HeadAnalysis(index, scores.figures(0), dynamics, eta,
                    subjects.stream().map(this::analysis).toList());
        }
    }

    /** Arbitrary values, to time products with if there are none. */
    private Heads arbitraryValues(Arena arena) {
        Heads values = Heads.allocate(arena, inputs.columns(), COMPONENTS);
        for (int j = 0; j < inputs.columns(); j++) {
            for (int c = 0; c < COMPONENTS; c++) {
                values.matrix(0).set(j, c, (float) StrictMath.sin(j * COMPONENTS + c));
            }
        }
        return values;
    }

    private HeadDynamics dynamics(Scores scores) {
        boolean chain = inputs.isOneSequence() && inputs.rows() <= MAX_TOKENS && !scoring.hidesEveryKey(inputs.rows())
                && !(inputs.forbidsPairs() && Arrays.stream(scores.attention().sums(0).rows()).anyMatch(sum -> sum == 0));
        return chain ? HeadDynamics.of(Dynamics.of(scores.attention(), 0), scores.curlFraction(0)) : null;
    }

    /**
     * An operator about to be analysed.
     *
     * @param operator null if no coupling exists
     * @param solution null if it needs no Sinkhorn solve
     */
    private record Subject(OperatorName name, NamedOperator operator, SinkhornSolution solution, Heads values,
                           Heads product) {
        boolean exists() {
            return operator != null;
        }

        Runnable application() {
            return () -> operator.apply(values, product);
        }
    }

    private Subject subject(OperatorName name, Scores scores, Heads values, Arena arena) {
        Heads product = Heads.allocate(arena, inputs.rows(), name.floats() * values.columns());
        OperatorResult result = name.of(scores, parameters);
        return new Subject(name, result.operator(), result.solutions().isEmpty() ? null : result.solutions().getFirst(), values,
                product);
    }

    private OperatorAnalysis analysis(Subject subject) {
        if (!subject.exists()) {
            return new OperatorAnalysis(subject.name(), Double.NaN, Double.NaN, Double.NaN, scoring.causal(),
                    subject.solution(), Double.NaN, List.of());
        }
        OperatorSums sums = subject.operator().sums(0);
        double seconds = stopwatch.seconds(subject.application());
        List<String> faults = new ArrayList<>();
        OperatorAnalysis found = new OperatorAnalysis(subject.name(), deviation(sumsOfSeeingRows(sums.rows()), 1),
                deviation(sumsOfSeenColumns(sums.columns()), columnTarget(subject.name())), sums.asymmetry(), scoring.causal(),
                subject.solution(), seconds, faults);
        check(found, faults);
        checkFinite(subject.product(), faults);
        return found;
    }

    /**
     * The row sums without those of rows that see no key, which are zero. Under a causal mask these are the first N - M of more queries
     * than keys, and the first query if no token sees itself.
     */
    private double[] sumsOfSeeingRows(double[] rows) {
        if (inputs.forbidsPairs()) {
            return withMass(rows);
        }
        int rowsWithoutKeys = scoring.causal() ? Math.max(0, inputs.rows() - inputs.columns()) : 0;
        return Arrays.copyOfRange(rows, rowsWithoutKeys + (scoring.hidesEveryKey(inputs.rows()) ? 1 : 0), rows.length);
    }

    /** The column sums without those of columns that no query sees: the last one if the first query sees no key. */
    private double[] sumsOfSeenColumns(double[] columns) {
        return inputs.forbidsPairs() ? withMass(columns)
                : Arrays.copyOf(columns, columns.length - (scoring.hidesEveryKey(inputs.rows()) ? 1 : 0));
    }

    /** The sums that are not zero. */
    private static double[] withMass(double[] sums) {
        return Arrays.stream(sums).filter(sum -> sum != 0).toArray();
    }

    /** The expected column sum: rows that sum to 1 leave N / M for a column of a bistochastic operator. */
    private double columnTarget(OperatorName name) {
        return name.isBistochastic() ? (double) inputs.rows() / inputs.columns() : 1;
    }

    private static double deviation(double[] sums, double target) {
        return Arrays.stream(sums).map(sum -> Math.abs(sum / target - 1)).reduce(0, Math::max);
    }

    private void check(OperatorAnalysis found, List<String> faults) {
        double tolerance = found.solution() == null ? 0 : parameters.sinkhorn().tolerance();
        if (found.expectsRows()) {
            require("row sums are off 1 by", found.rowDeviation(), SUM_LIMIT + tolerance, faults);
        }
        if (found.expectsColumns()) {
            require("column sums are off 1 by", found.columnDeviation(), SUM_LIMIT + tolerance, faults);
        }
        if (found.expectsBalance()) {
            require("asymmetry is", found.asymmetry(), BALANCE_LIMIT + tolerance, faults);
        }
    }

    private static void checkFinite(Heads product, List<String> faults) {
        try {
            product.requireFinite("product with the values");
        } catch (IllegalArgumentException notFinite) {
            faults.add(notFinite.getMessage());
        }
    }

    /** NaN does not pass. */
    private static void require(String what, double value, double limit, List<String> faults) {
        if (!(value <= limit)) {
            faults.add(what + " " + Figure.of(value));
        }
    }
}
