package dev.gatun.cli.bench;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.cli.operator.OperatorName;
import dev.gatun.cli.operator.OperatorOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;

/** An operator that takes no Sinkhorn solve, with its default parameters, at one shape. */
public record BenchCase(OperatorName operator, int heads, int tokens, int dimension) {

    /** @throws IllegalArgumentException if the operator takes a Sinkhorn solve, whose operations are not counted */
    public BenchCase {
        if (operator.isBistochastic()) {
            throw new IllegalArgumentException(operator.label());
        }
    }

    /**
     * The floating-point operations of all inner products of a call: those of the scores in one direction or in both, and those of the
     * values with real or complex entries.
     */
    public double operations() {
        int products = operator.scoresPerEntry() + operator.floats();
        return 2.0 * products * heads * tokens * tokens * dimension;
    }

    /** The bytes of queries, keys, values and results: what a call reads and writes of memory at least. */
    public double bytes() {
        return (3.0 + operator.floats()) * Float.BYTES * heads * tokens * dimension;
    }

    /** A product with the operator, of standard normal data outside the heap. */
    Runnable call(Arena arena) {
        Random random = new Random(1);
        Scores scores = Scores.of(normal(arena, random), normal(arena, random));
        Heads v = normal(arena, random);
        Heads out = Heads.allocate(arena, heads, tokens, dimension * operator.floats());
        OperatorOptions defaults = new OperatorOptions();
        return () -> operator.of(scores, defaults).operator().apply(v, out);
    }

    private Heads normal(Arena arena, Random random) {
        Heads tensor = Heads.allocate(arena, heads, tokens, dimension);
        MemorySegment memory = tensor.segment();
        for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
            memory.set(ValueLayout.JAVA_FLOAT, at, (float) random.nextGaussian());
        }
        return tensor;
    }

    /** Heads, tokens and components. */
    List<Integer> shape() {
        return List.of(heads, tokens, dimension);
    }
}
