package dev.gatun;

import static dev.gatun.EntryPoint.Tensor.input;
import static dev.gatun.EntryPoint.Tensor.output;
import static dev.gatun.EntryPoint.writing;

import dev.gatun.EntryPoint.Given;
import dev.gatun.EntryPoint.Method;
import dev.gatun.EntryPoint.Role;
import dev.gatun.EntryPoint.Tensor;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.CachedSequences;
import dev.gatun.attention.DecodePlan;
import dev.gatun.attention.KeyValueCache;
import dev.gatun.attention.PartialAttention;
import dev.gatun.attention.SequenceOffsets;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.ProductOfExperts;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.hopfield.ChannelFigures;
import dev.gatun.hopfield.Circulation;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.property.Normalisation;
import dev.gatun.spectral.Bandwidth;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Every public method that takes memory, at one shape, with work shared among some workers. */
final class EntryPoints {

    /** Sizes of the heads: queries and keys of as many tokens, but for those that may differ. */
    record Shape(int batch, int heads, int keyHeads, int tokens, int keys, int d, int components) {

        AttentionShape attention() {
            return new AttentionShape(batch, heads, keyHeads, tokens, keys, d, components);
        }
    }

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-4).withMaxIterations(50);

    private final Shape shape;
    private final Workers workers;
    private final List<EntryPoint> all = new ArrayList<>();

    private EntryPoints(Shape shape, Workers workers) {
        this.shape = shape;
        this.workers = workers;
    }

    static List<EntryPoint> of(Shape shape, Workers workers) {
        EntryPoints points = new EntryPoints(shape, workers);
        points.addOperators();
        points.addProducts();
        points.addCirculations();
        points.addFigures();
        points.addSpectra();
        points.addSolves();
        points.addPlans();
        points.addRaggedBatches();
        points.addCachedPrompts();
        points.addDecoding();
        points.addMerge();
        return List.copyOf(points.all);
    }

    // ---- tensors ----

    private Tensor q() {
        return input("q", shape.batch, shape.heads, shape.tokens, shape.d);
    }

    /** Keys of as many tokens as there are queries. */
    private Tensor k() {
        return input("k", shape.batch, shape.keyHeads, shape.tokens, shape.d);
    }

    private Tensor v() {
        return input("v", shape.batch, shape.keyHeads, shape.tokens, shape.components);
    }

    private Tensor out(int width) {
        return output("out", shape.batch, shape.heads, shape.tokens, width);
    }

    private Tensor out() {
        return out(shape.components);
    }

    private Tensor sums() {
        return output("logSumExp", shape.batch, shape.heads, shape.tokens, 1);
    }

    /** Keys or values of a plan, which may be of another number than queries. */
    private Tensor many(Tensor tensor) {
        return tensor.of(shape.batch, shape.keyHeads, shape.keys, tensor.shape()[3]);
    }

    private Tensor pairs(String name, int batch, int heads) {
        return input(name, batch, heads, shape.tokens, shape.keys);
    }

    private Tensor tokenPairs(String name) {
        return input(name, shape.batch, shape.heads, shape.tokens, shape.tokens);
    }

    /** One matrix. */
    private static Tensor one(Tensor tensor) {
        return tensor.of(1, 1, tensor.shape()[2], tensor.shape()[3]);
    }

    private Scores scores(Given given) {
        return Scores.of(given.heads(0), given.heads(1)).withWorkers(workers);
    }

    private void add(String name, Supplier<Method> opened, Tensor... tensors) {
        all.add(new EntryPoint(name, List.of(tensors), opened));
    }

    private void add(String name, Method method, Tensor... tensors) {
        add(name, () -> method, tensors);
    }

    /** A method whose views are all of its description. */
    private void addFigures(String name, Function<Given, double[]> figures, Tensor... tensors) {
        add(name, given -> () -> figures.apply(given), tensors);
    }

    // ---- methods ----

    private void addOperators() {
        for (Normalisation normalisation : Normalisation.values()) {
            int width = normalisation.width();
            add("apply " + normalisation, writing(given -> {
                Scores scores = scores(given);
                return () -> normalisation.apply(scores, given.heads(2), given.heads(3));
            }), q(), k(), v(), out(width * shape.components));
            add("matrix " + normalisation, writing(given -> {
                Scores scores = scores(given);
                return () -> normalisation.matrix(scores, given.heads(2));
            }), q(), k(), out(width * shape.tokens));
        }
        for (Normalisation normalisation : List.of(Normalisation.BACKWARD, Normalisation.DIFFUSION, Normalisation.MAGNETIC)) {
            add("apply with a backward pair " + normalisation, writing(given -> {
                Scores scores = scores(given).withBackward(given.heads(2), given.heads(3));
                return () -> normalisation.apply(scores, given.heads(4), given.heads(5));
            }), q(), k(), input("backward q", q().shape()), input("backward k", k().shape()), v(),
                    out(normalisation.width() * shape.components));
        }
        for (Normalisation normalisation : List.of(Normalisation.ATTENTION, Normalisation.BACKWARD_COLUMN, Normalisation.DIFFUSION,
                Normalisation.MAGNETIC)) {
            add("apply with a bias " + normalisation, writing(given -> {
                Scores scores = scores(given).withBias(given.heads(2));
                return () -> normalisation.apply(scores, given.heads(3), given.heads(4));
            }), q(), k(), tokenPairs("bias"), v(), out(normalisation.width() * shape.components));
            add("matrix of entries " + normalisation, writing(given -> {
                Scores scores = Scores.ofEntries(given.heads(0)).withWorkers(workers);
                return () -> normalisation.matrix(scores, given.heads(1));
            }), tokenPairs("scores"), out(normalisation.width() * shape.tokens));
        }
        add("apply of one head", writing(given -> {
            Scores scores = Scores.of(given.matrix(0), given.matrix(1)).withWorkers(workers);
            return () -> scores.attention().apply(given.matrix(2), given.matrix(3));
        }), one(q()), one(k()), one(v()), one(out()));
        add("matrix of one head", writing(given -> {
            Scores scores = Scores.of(given.matrix(0), given.matrix(1)).withWorkers(workers);
            return () -> scores.magnetic(0.3).matrix(given.matrix(2));
        }), one(q()), one(k()), one(out(2 * shape.tokens)));
        addMasked("causal", Normalisation.LAPLACE_BELTRAMI, Scores::withCausalMask);
        addMasked("packed", Normalisation.ATTENTION_COLUMN, scores -> scores.withSequences(1, scores.rows() - 1));
        addMasked("packed, causal", Normalisation.MAGNETIC_FOKKER_PLANCK, scores -> scores.withSequences(scores.rows() - 2, 2)
                .withCausalMask());
        addMasked("without selves", Normalisation.BISTOCHASTIC_DIFFUSION, Scores::withZeroDiagonal);
        addMasked("without selves, causal", Normalisation.BACKWARD, scores -> scores.withZeroDiagonal().withCausalMask());
        add("apply of a driven operator", writing(given -> {
            Operator driven = scores(given).diffusion().bridge(2, SOLVE).transition(1);
            return () -> driven.apply(given.heads(2), given.heads(3));
        }), q(), k(), v(), out());
    }

    /** Where there are tokens enough. */
    private void addMasked(String name, Normalisation normalisation, UnaryOperator<Scores> mask) {
        if (shape.tokens > 2) {
            add("apply " + normalisation + " " + name, writing(given -> {
                Scores scores = mask.apply(scores(given));
                return () -> normalisation.apply(scores, given.heads(2), given.heads(3));
            }), q(), k(), v(), out(normalisation.width() * shape.components));
        }
    }

    private void addProducts() {
        add("product", writing(given -> {
            OperatorProduct product = scores(given).attention().times(
                    Scores.of(given.heads(2), given.heads(3)).withWorkers(workers).diffusion(1));
            return () -> product.apply(given.heads(4), given.heads(5));
        }), q(), k(), q(), k(), v(), out());
        add("power", writing(given -> {
            OperatorProduct power = scores(given).backward().power(3);
            return () -> power.apply(given.heads(2), given.heads(3));
        }), q(), k(), v(), out());
    }

    private void addCirculations() {
        BiFunction<String, Function<Circulation, Circulation>, Void> circulation = (name, options) -> {
            add("circulation " + name, writing(given -> {
                Circulation turned = options.apply(Circulation.of(scores(given), 0.4));
                return () -> turned.apply(given.heads(2), given.heads(3));
            }), q(), k(), v(), out());
            return null;
        };
        circulation.apply("alone", turned -> turned);
        circulation.apply("with a blend", turned -> turned.withBlend(0.5));
        circulation.apply("that follows the head", turned -> turned.adaptive(Adaptation.SCALE).withBlend(0.5).withAdaptiveBlend());
        add("circulation's operator", writing(given -> {
            Circulation turned = Circulation.of(scores(given), 0.4).adaptive(Adaptation.DEVIATION);
            return () -> turned.operator().matrix(given.heads(2));
        }), q(), k(), out(shape.tokens));
    }

    private void addFigures() {
        add("sums", given -> {
            Operator operator = scores(given).diffusion();
            return () -> concat(operator.sums(0).rows(), operator.sums(0).columns());
        }, q(), k());
        add("magnetic sums", given -> {
            MagneticOperator operator = scores(given).magnetic(0.2, 1);
            return () -> operator.sums(0).rows();
        }, q(), k());
        add("score figures", given -> {
            Scores scores = scores(given);
            return () -> new double[] {scores.figures(0).min(), scores.figures(0).max(), scores.figures(0).negativeShare()};
        }, q().loosely(), k().loosely());
        add("curl", given -> {
            Scores scores = scores(given);
            return () -> new double[] {scores.curlFraction(0)};
        }, q(), k());
        add("entropy production in one pass", given -> {
            Scores scores = scores(given);
            double[] law = new double[shape.tokens];
            Arrays.fill(law, 1.0 / shape.tokens);
            return () -> new double[] {scores.entropyProduction(0, law)};
        }, q(), k());
        add("transitions", given -> {
            Operator operator = scores(given).backwardColumn();
            return () -> operator.transitions(0).row(0);
        }, q(), k());
        add("dynamics", given -> {
            Operator operator = scores(given).attention();
            return () -> concat(Dynamics.of(operator, 0).stationary().pi(), Dynamics.of(operator, 0).entropyProduction());
        }, q(), k());
        add("product of experts", given -> {
            Scores scores = scores(given);
            return () -> ProductOfExperts.of(scores, 0).logAgreement();
        }, q(), k());
        add("eta", given -> {
            Hopfield network = Hopfield.of(given.heads(0), given.heads(1)).withWorkers(workers);
            return network::eta;
        }, q(), k());
        add("Hopfield figures", given -> {
            Hopfield network = Hopfield.of(given.heads(0), given.heads(1)).withWorkers(workers);
            return () -> network.figures(given.heads(2)).stream().flatMapToDouble(figures -> figures.channels().stream()
                    .mapToDouble(ChannelFigures::energy)).toArray();
        }, q(), k(), input("h", out().shape()).loosely());
        addFigures("finite entries", given -> {
            given.heads(0).requireFinite("q");
            return new double[0];
        }, q().loosely());
        addFigures("bandwidth", given -> new double[] {Bandwidth.of(given.matrix(0)).epsilon()},
                one(input("points", q().shape())).loosely());
    }

    private void addSpectra() {
        Eigenpairs pairs = Eigenpairs.largest(Math.min(2, shape.tokens));
        Tensor newQ = input("new q", 1, 1, 3, shape.d);
        Tensor newK = input("new k", 1, 1, 3, shape.d);
        add("conjugate", given -> {
            Operator operator = scores(given).diffusion(1);
            return () -> {
                double[][] x = {new double[shape.tokens]};
                Arrays.setAll(x[0], i -> i - 1.5);
                operator.conjugate(0).apply(x, x, 1);
                return x[0];
            };
        }, q(), k());
        add("diffusion map", given -> {
            Operator operator = scores(given).diffusion(1);
            return () -> DiffusionMap.of(operator, 0, pairs).spectrum().values();
        }, q(), k());
        add("magnetic map", given -> {
            MagneticOperator operator = scores(given).magnetic(0.4);
            return () -> MagneticMap.of(operator, 0, pairs).spectrum().values();
        }, q(), k());
        add("extension", given -> {
            Operator operator = scores(given).diffusion(1);
            return () -> operator.extension(0, given.matrix(2), given.matrix(3)).apply(new double[][] {ones(shape.tokens)})[0];
        }, q(), k(), newQ, newK);
        add("magnetic extension", given -> {
            MagneticOperator operator = scores(given).magnetic(0.4, 1);
            return () -> operator.extension(0, given.matrix(2), given.matrix(3)).apply(new double[][] {ones(2 * shape.tokens)})[0];
        }, q(), k(), newQ, newK);
        add("bistochastic extension", given -> {
            Operator operator = scores(given).sinkhorn(Divergence.SYMMETRIC, SOLVE).operator();
            return () -> operator.extension(0, given.matrix(2), given.matrix(3)).apply(new double[][] {ones(shape.tokens)})[0];
        }, q(), k(), newQ, newK);
    }

    private void addSolves() {
        for (Divergence divergence : Divergence.values()) {
            add("solve " + divergence, given -> {
                Scores scores = scores(given);
                return () -> potentials(scores.sinkhorn(divergence, SOLVE));
            }, loose(q(), divergence), loose(k(), divergence));
        }
        add("relaxed solve", given -> {
            Scores scores = scores(given);
            return () -> potentials(scores.sinkhorn(Divergence.BACKWARD, SOLVE.relaxed(1, 2)));
        }, q(), k());
        add("solve without memory", given -> {
            Scores scores = scores(given);
            return () -> potentials(scores.sinkhorn(Divergence.BACKWARD, SOLVE.withMemory(0)));
        }, q(), k());
        add("figures", given -> {
            SinkhornResult result = scores(given).sinkhorn(SOLVE);
            return () -> new double[] {result.figures(0).objective()};
        }, loose(q(), Divergence.FORWARD), loose(k(), Divergence.FORWARD));
        add("bridge", given -> {
            Operator chain = scores(given).attention();
            return () -> chain.bridge(3, SOLVE).heads().getFirst().logPhi()[1];
        }, q(), k());
        add("plan of Sinkhorn, made", given -> {
            Scores scores = scores(given);
            return () -> {
                SinkhornPlan plan = SinkhornPlan.of(scores, Divergence.SYMMETRIC, SOLVE);
                plan.solve();
                return potentials(plan);
            };
        }, q(), k());
        for (boolean bfloat16 : new boolean[] {false, true}) {
            addPlan("plan of Sinkhorn, solve" + (bfloat16 ? " of bfloat16 storage" : ""), bfloat16, false);
            addPlan("plan of Sinkhorn, follow" + (bfloat16 ? " of bfloat16 storage" : ""), bfloat16, true);
        }
    }

    /** The forward divergence alone stands for queries and keys of different numbers. */
    private static Tensor loose(Tensor tensor, Divergence divergence) {
        return divergence == Divergence.FORWARD ? tensor.loosely() : tensor;
    }

    /** A call that follows does so from a solve of the same: what it is given before that does not show. */
    private void addPlan(String name, boolean bfloat16, boolean follow) {
        Sinkhorn options = bfloat16 ? Sinkhorn.tolerance(1e-2).withBfloat16Storage() : SOLVE;
        add(name, () -> {
            SinkhornPlan[] plan = new SinkhornPlan[1];
            return given -> () -> {
                if (plan[0] == null) {
                    plan[0] = SinkhornPlan.of(scores(given), Divergence.BACKWARD, options);
                }
                plan[0].solve(given.heads(0), given.heads(1));
                if (follow) {
                    plan[0].follow(given.heads(0), given.heads(1));
                }
                return potentials(plan[0]);
            };
        }, q(), k());
    }

    private void addPlans() {
        AttentionOptions options = AttentionOptions.defaults().withWorkers(workers);
        add("plan of attention", plan(options, (plan, given) -> () ->
                plan.run(given.heads(0), given.heads(1), given.heads(2), given.heads(3))), q(), many(k()), many(v()), out());
        add("plan of attention, causal, soft cap, sinks, with sums", plan(options.withCausalMask().withSoftCap(2)
                .withSinks(ones(shape.heads)), (plan, given) -> () -> plan.run(given.heads(0), given.heads(1), given.heads(2),
                given.heads(3), given.heads(4))), q(), many(k()), many(v()), out(), sums());
        add("plan of attention, window and slopes", plan(options.withWindow(2, 3).withDistanceSlopes(ones(shape.heads)),
                (plan, given) -> () -> plan.run(given.heads(0), given.heads(1), given.heads(2), given.heads(3), null)),
                q(), many(k()), many(v()), out());
        add("plan of attention with a bias", plan(options.withBias(), (plan, given) -> () -> plan.run(given.heads(0),
                given.heads(1), given.heads(2), given.heads(3), null, given.heads(4), given.heads(5))), q(), many(k()), many(v()),
                pairs("bias", 1, shape.heads), out(), sums());
        add("plan of attention with a mask", plan(options.withMask(), (plan, given) -> () -> plan.run(given.heads(0),
                given.heads(1), given.heads(2), null, given.mask(3), given.heads(4), given.heads(5))), q(), many(k()), many(v()),
                pairs("mask", shape.batch, 1).of((ElementType) null), out(), sums());
        for (ElementType type : List.of(ElementType.BFLOAT16, ElementType.FLOAT16)) {
            add("plan of attention with a bias and a mask, of " + type, plan(options.withBias().withMask(), (plan, given) -> () ->
                    plan.run(given.heads(0), given.heads(1), given.heads(2), given.heads(3), given.mask(4), given.heads(5),
                            given.heads(6))), q().of(type), many(k()).of(type), many(v()).of(type),
                    pairs("bias", shape.batch, 1).of(type), pairs("mask", 1, shape.heads).of((ElementType) null), out(), sums());
        }
    }

    /** Sequences of different lengths, whose rows together are those of the batch. */
    private void addRaggedBatches() {
        AttentionOptions options = AttentionOptions.defaults().withWorkers(workers).withCausalMask().withSinks(ones(shape.heads));
        int queries = shape.batch * shape.tokens;
        int keys = shape.batch * shape.keys;
        AttentionShape room = new AttentionShape(2, shape.heads, shape.keyHeads, queries, keys, shape.d, shape.components);
        SequenceOffsets queryOffsets = offsets(queries / 3, queries);
        SequenceOffsets keyOffsets = offsets(keys / 2, keys);
        for (ElementType type : ElementType.values()) {
            add("plan of attention, ragged, of " + type, () -> {
                AttentionPlan plan = AttentionPlan.of(room, options);
                return writing(given -> () -> plan.runRagged(given.heads(0), given.heads(1), given.heads(2), queryOffsets, keyOffsets,
                        given.heads(3), given.heads(4)));
            }, input("q", 1, shape.heads, queries, shape.d).of(type), input("k", 1, shape.keyHeads, keys, shape.d).of(type),
                    input("v", 1, shape.keyHeads, keys, shape.components).of(type),
                    output("out", 1, shape.heads, queries, shape.components), output("logSumExp", 1, shape.heads, queries, 1));
        }
    }

    /** Chunks of prompts whose keys and values are cached, of one length but with queries of two. */
    private void addCachedPrompts() {
        AttentionOptions options = AttentionOptions.defaults().withWorkers(workers).withCausalMask();
        int[] starts = IntStream.rangeClosed(0, shape.batch).map(s -> s == shape.batch ? shape.tokens : s).toArray();
        SequenceOffsets offsets = SequenceOffsets.of(MemorySegment.ofArray(starts), 0, shape.batch);
        for (ElementType type : ElementType.values()) {
            add("plan of attention over cached sequences of " + type, () -> {
                AttentionPlan plan = AttentionPlan.of(shape.attention(), options);
                return writing(given -> {
                    CachedSequences sequences = sequences(given.heads(1), given.heads(2), shape.keys);
                    return () -> plan.runRagged(given.heads(0), offsets, sequences, given.heads(3), given.heads(4));
                });
            }, input("q", 1, shape.heads, shape.tokens, shape.d).of(type), input("the cache of keys", many(k()).shape()).of(type),
                    input("the cache of values", many(v()).shape()).of(type),
                    output("out", 1, shape.heads, shape.tokens, shape.components), output("logSumExp", 1, shape.heads, shape.tokens, 1));
        }
    }

    private static SequenceOffsets offsets(int middle, int end) {
        return SequenceOffsets.of(MemorySegment.ofArray(new int[] {0, middle, end}), 0, 2);
    }

    private Supplier<Method> plan(AttentionOptions options, BiFunction<AttentionPlan, Given, Runnable> run) {
        return () -> {
            AttentionPlan plan = AttentionPlan.of(shape.attention(), options);
            return writing(given -> run.apply(plan, given));
        };
    }

    private void addDecoding() {
        AttentionOptions options = AttentionOptions.defaults().withWorkers(workers);
        for (ElementType type : ElementType.values()) {
            add("plan of decoding a cache of " + type, () -> {
                DecodePlan plan = DecodePlan.of(shape.attention(), options.withDistanceSlopes(ones(shape.heads)));
                return writing(given -> () -> plan.run(given.heads(0), given.heads(1), given.heads(2), shape.keys, given.heads(3),
                        given.heads(4)));
            }, q(), many(k()).of(type), many(v()).of(type), out(), sums());
        }
        add("plan of decoding, causal", () -> {
            DecodePlan plan = DecodePlan.of(shape.attention(), options.withCausalMask());
            return writing(given -> () -> plan.run(given.heads(0), given.heads(1), given.heads(2), shape.keys, given.heads(3)));
        }, q(), many(k()), many(v()), out());
        add("plan of decoding with a bias, soft cap, sinks and symmetric slopes", () -> {
            DecodePlan plan = DecodePlan.of(shape.attention(), options.withBias().withSoftCap(3).withSinks(ones(shape.heads))
                    .withSymmetricDistanceSlopes(ones(shape.heads)));
            return writing(given -> () -> plan.run(given.heads(0), given.heads(1), given.heads(2), shape.keys, given.heads(3), null,
                    given.heads(4), given.heads(5)));
        }, q(), many(k()), many(v()), pairs("bias", 1, shape.heads).loosely(), out(), sums());
        for (ElementType type : ElementType.values()) {
            add("plan of decoding cached sequences of " + type, () -> {
                DecodePlan plan = DecodePlan.of(shape.attention(), options.withMask().withSoftCap(9));
                return writing(given -> {
                    CachedSequences sequences = sequences(given.heads(1), given.heads(2), shape.keys);
                    return () -> plan.run(given.heads(0), null, null, sequences, null, given.mask(3), given.heads(4),
                            given.heads(5));
                });
            }, q(), input("the cache of keys", many(k()).shape()).of(type), input("the cache of values", many(v()).shape()).of(type),
                    pairs("mask", 1, 1).of((ElementType) null).loosely(), out(), sums());
        }
        add("append to a cache", writing(given -> {
            CachedSequences sequences = sequences(given.heads(2), given.heads(3), 0);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(Arena.ofAuto(), IntStream.range(0, shape.batch)
                    .map(s -> s == 0 ? shape.keys : 0).toArray());
            return () -> sequences.append(given.heads(0), given.heads(1), offsets);
        }), many(k()).of(1, shape.keyHeads, shape.keys, shape.d).loosely(),
                many(v()).of(1, shape.keyHeads, shape.keys, shape.components).loosely(),
                output("the cache of keys", many(k()).shape()).loosely(), output("the cache of values", many(v()).shape()).loosely());
    }

    /** Sequences of {@code length} tokens, each in a page of its own. */
    private static CachedSequences sequences(Heads k, Heads v, int length) {
        KeyValueCache cache = KeyValueCache.of(k, v);
        MemorySegment lengths = MemorySegment.ofArray(IntStream.range(0, cache.pages()).map(s -> length).toArray());
        return CachedSequences.contiguous(cache, lengths, 0);
    }

    private void addMerge() {
        add("merge", writing(given -> () ->
                PartialAttention.merge(given.heads(0), given.heads(1), given.heads(2), given.heads(3))),
                out().as(Role.BOTH), sums().as(Role.BOTH), input("other", out().shape()), input("otherLogSumExp", sums().shape()));
    }

    // ---- figures ----

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static double[] concat(double[] first, double... rest) {
        return DoubleStream.concat(Arrays.stream(first), Arrays.stream(rest)).toArray();
    }

    private static double[] potentials(SinkhornResult result) {
        return result.heads().stream().flatMapToDouble(head -> DoubleStream.concat(Arrays.stream(head.u()),
                Arrays.stream(head.v()))).toArray();
    }

    private static double[] potentials(SinkhornPlan plan) {
        double[] all = {plan.converged() ? 1 : 0};
        for (int head = 0; head < plan.count(); head++) {
            SinkhornSolution solution = plan.head(head).solution();
            all = concat(concat(concat(all, solution.u()), solution.v()), solution.iterations());
        }
        return all;
    }
}
