package dev.gatun.laws;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Laws of results to the last bit: {@code apply(head)} depends on the head only, and a call changes nothing but its result. */
public interface DeterminismLaws extends LawSuite {

    /** Repetition. */
    Law REPEATED = new Law("the same call returns the same", "apply(head) = apply(head), bit for bit", "a function has one value");

    /** Calls in between. */
    Law NO_MEMORY = new Law("earlier calls do not matter",
            "apply(head) is the same, bit for bit, after apply(other)", "a function has no memory");

    /** Results of before. */
    Law RESULT_KEPT = new Law("a result does not change later", "apply(other) does not change what apply(head) returned",
            "results belong to the caller");

    /** Inputs. */
    Law INPUT_KEPT = new Law("inputs stay unchanged", "apply(head) does not change Q, K and V", "inputs belong to the caller");

    /** Threads. */
    Law THREADS = new Law("threads do not matter", "apply(head, t) is the same, bit for bit, for every t",
            "a sum in another order rounds differently: Goldberg 1991");

    /** Memory. */
    Law PLACEMENT = new Law("the placement of entries does not matter", "apply(head, offset and gap) is the same, bit for bit",
            "entries are numbers, and not addresses");

    /**
     * Tests {@link #REPEATED}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("the same call returns the same")
    default void theSameCallReturnsTheSame(@ForAll("heads") Head head) {
        requireSame(REPEATED, head, operator().apply(head), operator().apply(head), "a second time");
    }

    /**
     * Tests {@link #NO_MEMORY}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("earlier calls do not matter")
    default void earlierCallsDoNotMatter(@ForAll("heads") Head head) {
        OperatorUnderTest operator = operator();
        float[] before = operator.apply(head).clone();
        operator.apply(another(head));
        requireSame(NO_MEMORY, head, before, operator.apply(head), "after another head");
    }

    /**
     * Tests {@link #RESULT_KEPT}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("a result does not change later")
    default void aResultDoesNotChangeLater(@ForAll("heads") Head head) {
        OperatorUnderTest operator = operator();
        float[] result = operator.apply(head);
        float[] copy = result.clone();
        operator.apply(another(head));
        requireSame(RESULT_KEPT, head, copy, result, "after another call");
    }

    /** Another head of the same shape. */
    private static Head another(Head head) {
        float[] queries = head.queries().clone();
        float[] values = head.values().clone();
        for (int i = 0; i < queries.length; i++) {
            queries[i] = 1 - queries[i];
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = 1 - values[i];
        }
        return head.withQueries(queries).withValues(values);
    }

    /**
     * Tests {@link #INPUT_KEPT}. The operator is given copies, so that a counterexample is listed and shrunk as it was.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("inputs stay unchanged")
    default void inputsStayUnchanged(@ForAll("heads") Head head) {
        Head given = head.withQueries(head.queries().clone()).withKeys(head.keys().clone()).withValues(head.values().clone());
        operator().apply(given);
        requireSame(INPUT_KEPT, head, head.queries(), given.queries(), "of Q");
        requireSame(INPUT_KEPT, head, head.keys(), given.keys(), "of K");
        requireSame(INPUT_KEPT, head, head.values(), given.values(), "of V");
    }

    /**
     * Tests {@link #THREADS}: one, two, three and seven.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 40)
    @Needs(Capability.THREADS)
    @Label("threads do not matter")
    default void threadsDoNotMatter(@ForAll("heads") Head head) {
        float[] byOne = operator().apply(head, 1);
        for (int threads : new int[] {2, 3, 7}) {
            requireSame(THREADS, head, byOne, operator().apply(head, threads), "by " + threads + " threads");
        }
    }

    /**
     * Tests {@link #PLACEMENT}: off the alignment of a vector, with and without gaps between rows.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 40)
    @Needs(Capability.PLACEMENT)
    @Label("the placement of entries does not matter")
    default void thePlacementOfEntriesDoesNotMatter(@ForAll("heads") Head head) {
        float[] dense = operator().apply(head);
        for (Placement placement : List.of(new Placement(0, 0), new Placement(1, 0), new Placement(3, 5), new Placement(16, 1))) {
            requireSame(PLACEMENT, head, dense, operator().apply(head, placement), placement.toString());
        }
    }

    private static void requireSame(Law law, Head head, float[] expected, float[] actual, String when) {
        law.sized(actual, 1, expected.length, head);
        for (int at = 0; at < expected.length; at++) {
            int entry = at;
            law.holds(Float.floatToIntBits(expected[at]) == Float.floatToIntBits(actual[at]), head,
                    () -> "entry %d is %s %s, and was %s".formatted(entry, actual[entry], when, expected[entry]));
        }
    }
}
