package dev.gatun.cli.analysis;

import dev.gatun.Heads;
import dev.gatun.OperatorSums;
import dev.gatun.ScoreFigures;
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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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
    private final List<OperatorName> names;
    private final Stopwatch stopwatch;

    public Analyst(Inputs inputs, ScoreOptions scoring, OperatorOptions parameters) {
        this.inputs = inputs;
        this.scoring = scoring;
        this.parameters = parameters;
        this.names = Arrays.stream(OperatorName.values())
                .filter(name -> inputs.isOneSequence() ? !(inputs.forbidsSelfPairs() && name.needsVisibleSelf()) : !name.needsSelfScores())
                .toList();
        this.stopwatch = new Stopwatch(names.size() * inputs.count());
    }

    /** What is measured of a head before its operators are timed. Different heads may be measured at once. */
    public record Measured(int index, ScoreFigures scores, HeadDynamics dynamics, double eta, List<Subject> subjects) {
    }

    /** Measures query head {@code index}: its scores, its dynamics, and the sums of its operators. */
    public Measured measure(int index, Workers workers) {
        Scores scores = scoring.scores(inputs.head(index), workers);
        HeadDynamics dynamics = dynamics(scores);
        double eta = inputs.isOneSequence() ? scores.eta(0) : Double.NaN;
        return new Measured(index, scores.figures(0), dynamics, eta, names.stream().map(name -> subject(name, scores)).toList());
    }

    /** Applies the operators of all heads until they can be timed. */
    public void warmUp(List<Measured> heads, Workers workers) {
        try (Arena arena = Arena.ofConfined()) {
            Map<OperatorName, Heads> products = products(inputs.head(0), arena);
            Stopwatch.warmUp(heads.stream().flatMap(head -> trials(head, products, workers, arena)).filter(Trial::exists)
                    .map(Trial::application).toList());
        }
    }

    /** Applies and times the operators of a head, and checks them. Nothing else may run meanwhile. */
    public HeadAnalysis analysis(Measured head, Workers workers) {
        try (Arena arena = Arena.ofConfined()) {
            return new HeadAnalysis(head.index, head.scores, head.dynamics, head.eta,
                    trials(head, products(inputs.head(head.index), arena), workers, arena).map(this::analysis).toList());
        }
    }

    /** Memory for the product of each operator with the values of a head; other heads need as much. */
    private Map<OperatorName, Heads> products(HeadRun head, Arena arena) {
        int columns = values(head, arena).columns();
        Map<OperatorName, Heads> products = new EnumMap<>(OperatorName.class);
        names.forEach(name -> products.put(name, Heads.allocate(arena, inputs.rows(), name.floats() * columns)));
        return products;
    }

    private Stream<Trial> trials(Measured head, Map<OperatorName, Heads> products, Workers workers, Arena arena) {
        Heads values = values(inputs.head(head.index), arena);
        return head.subjects.stream().map(subject -> new Trial(subject,
                subject.operator == null ? null : subject.operator.withWorkers(workers), values, products.get(subject.name)));
    }

    private Heads values(HeadRun head, Arena arena) {
        return head.v() != null ? head.v() : head.k() != null ? head.k() : arbitraryValues(arena);
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
     * An operator and its sums.
     *
     * @param operator null if no coupling exists
     * @param solution null if it needs no Sinkhorn solve
     */
    private record Subject(OperatorName name, NamedOperator operator, SinkhornSolution solution, double rowDeviation,
                           double columnDeviation, double asymmetry) {
    }

    private Subject subject(OperatorName name, Scores scores) {
        OperatorResult result = name.of(scores, parameters);
        SinkhornSolution solution = result.solutions().isEmpty() ? null : result.solutions().getFirst();
        if (result.operator() == null) {
            return new Subject(name, null, solution, Double.NaN, Double.NaN, Double.NaN);
        }
        OperatorSums sums = result.operator().sums(0);
        return new Subject(name, result.operator(), solution, deviation(sumsOfSeeingRows(sums.rows()), 1),
                deviation(sumsOfSeenColumns(sums.columns()), columnTarget(name)), sums.asymmetry());
    }

    /**
     * The product of an operator with values.
     *
     * @param operator null if no coupling exists
     */
    private record Trial(Subject subject, NamedOperator operator, Heads values, Heads product) {
        boolean exists() {
            return operator != null;
        }

        Runnable application() {
            return () -> operator.apply(values, product);
        }
    }

    private OperatorAnalysis analysis(Trial trial) {
        Subject subject = trial.subject;
        double seconds = trial.exists() ? stopwatch.seconds(trial.application()) : Double.NaN;
        List<String> faults = new ArrayList<>();
        OperatorAnalysis found = new OperatorAnalysis(subject.name, subject.rowDeviation, subject.columnDeviation, subject.asymmetry,
                scoring.causal(), subject.solution, seconds, faults);
        if (trial.exists()) {
            check(found, faults);
            checkFinite(trial.product, faults);
        }
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
