package dev.gatun.internal.sinkhorn.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a trace keeps of the steps that it is told. */
@Tag("any-width")
class SolveTraceTest {

    private final SolveTrace trace = SolveTrace.of(true);

    @Test
    void stepsInOrderWithTheirNotesAfterThem() {
        trace.begin(StepKind.START, 0);
        trace.addStart(1, 0.5);
        trace.note(StepKind.FLOAT64);
        trace.note(StepKind.ABSORPTION);
        trace.note(StepKind.FLOAT64);
        trace.add(StepKind.NEWTON, 4, 0.25);
        trace.note(StepKind.UNDERFLOW);
        trace.begin(StepKind.CONTINUATION, 4);
        trace.addStart(1, Double.NaN);
        assertEquals(List.of(new TracedStep(1, StepKind.START, 0.5), new TracedStep(4, StepKind.NEWTON, 0.25),
                new TracedStep(4, StepKind.ABSORPTION, 0.25), new TracedStep(4, StepKind.FLOAT64, 0.25),
                new TracedStep(5, StepKind.CONTINUATION, Double.NaN), new TracedStep(6, StepKind.RESULT, 0.125)),
                trace.steps(6, 0.125));
    }

    /** Plain iterations are thinned out, the rare kind among them is not, and neither grows without bound. */
    @Test
    void manyStepsAreThinnedOutKindByKind() {
        int passes = 10_000_000;
        for (int pass = 1; pass <= passes; pass++) {
            trace.add(pass % 200_000 == 0 ? StepKind.NEWTON : StepKind.PLAIN, pass, pass);
        }
        List<TracedStep> steps = trace.steps(passes, 0);
        assertEquals(50, steps.stream().filter(step -> step.kind() == StepKind.NEWTON).count());
        List<TracedStep> plain = steps.stream().filter(step -> step.kind() == StepKind.PLAIN).toList();
        assertTrue(plain.size() <= 64 + 128, () -> plain.size() + " steps are kept");
        for (int s = 0; s < plain.size(); s++) {
            int pass = plain.get(s).iteration();
            assertEquals(pass, plain.get(s).error());
            assertTrue(s >= 64 ? pass <= 1.11 * plain.get(s - 1).iteration() : pass == s + 1, () -> "pass " + pass);
        }
        assertTrue(plain.getLast().iteration() > passes / 1.1);
    }

    @Test
    void aClearedTraceHasNoSteps() {
        trace.begin(StepKind.CONTINUATION, 7);
        trace.addStart(1, 1);
        trace.note(StepKind.FLOAT64);
        trace.clear();
        assertEquals(List.of(), trace.steps(0, Double.NaN));
        trace.addStart(1, 1);
        assertEquals(List.of(new TracedStep(1, StepKind.START, 1), new TracedStep(1, StepKind.RESULT, 0)), trace.steps(1, 0));
    }

    @Test
    void theTraceOfNothingRecordsNothing() {
        assertSame(SolveTrace.NONE, SolveTrace.of(false));
        SolveTrace.NONE.begin(StepKind.START, 0);
        SolveTrace.NONE.addStart(1, 1);
        SolveTrace.NONE.note(StepKind.FLOAT64);
        SolveTrace.NONE.add(StepKind.PLAIN, 2, 1);
        SolveTrace.NONE.clear();
        assertEquals(List.of(), SolveTrace.NONE.steps(2, 1));
    }
}
