package dev.gatun.reference;

import static dev.gatun.reference.ReferenceSupport.Kind.INFEASIBLE;
import static dev.gatun.reference.ReferenceSupport.Kind.LIMIT_ONLY;
import static dev.gatun.reference.ReferenceSupport.Kind.SCALABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceSupportTest {

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[] ONES = {1, 1, 1};

    @Test
    void everyFiniteKernelIsScalable() {
        assertEquals(SCALABLE, ReferenceSupport.classify(ThreeTokens.SCORES, ONES, ONES));
        assertEquals(SCALABLE, ReferenceSupport.classify(ThreeTokens.SCORES, ONES, new double[] {2.5, 0, 0.5}));
        assertEquals(INFEASIBLE, ReferenceSupport.classify(ThreeTokens.SCORES, ONES, new double[] {2.5, 1, 0.5}));
    }

    @Test
    void aCausalKernelIsALimit() {
        double[][] causal = ReferenceScores.causal(ThreeTokens.SCORES);
        assertEquals(LIMIT_ONLY, ReferenceSupport.classify(causal, ONES, ONES));
        // Mass that only moves back through the tokens can use every entry: rows 1/2, 1, 3/2.
        assertEquals(SCALABLE, ReferenceSupport.classify(causal, new double[] {0.5, 1, 1.5}, ONES));
        // Token 1 reaches itself only.
        assertEquals(INFEASIBLE, ReferenceSupport.classify(causal, new double[] {1.5, 1, 0.5}, ONES));
        // Without row 2, row 1 fills column 1 and leaves row 3 the others: entry (3, 1) is never used.
        assertEquals(LIMIT_ONLY, ReferenceSupport.classify(causal, new double[] {1, 0, 2}, ONES));
    }

    @Test
    void blocksMustBalance() {
        double[][] blocks = {{0, 0, -INF}, {0, 0, -INF}, {-INF, -INF, 0}};
        assertEquals(SCALABLE, ReferenceSupport.classify(blocks, ONES, ONES));
        assertEquals(INFEASIBLE, ReferenceSupport.classify(blocks, ONES, new double[] {1, 0.5, 1.5}));
        assertEquals(SCALABLE, ReferenceSupport.classify(blocks, new double[] {0.5, 1.5, 1}, new double[] {2, 0, 1}));
    }

    @Test
    void crowdedRowsAreInfeasible() {
        double[][] crowded = {{0, -INF, -INF}, {0, -INF, -INF}, {0, 0, 0}};
        assertEquals(INFEASIBLE, ReferenceSupport.classify(crowded, ONES, ONES));
        // The flow must be rerouted: row 1 first takes column 1, which row 2 needs.
        double[][] rerouted = {{0, 0, -INF}, {0, -INF, -INF}, {-INF, 0, 0}};
        assertEquals(LIMIT_ONLY, ReferenceSupport.classify(rerouted, ONES, ONES));
        // A cyclic pattern has the two diagonals of a 3-cycle.
        double[][] cyclic = {{0, 0, -INF}, {-INF, 0, 0}, {0, -INF, 0}};
        assertEquals(SCALABLE, ReferenceSupport.classify(cyclic, ONES, ONES));
    }
}
