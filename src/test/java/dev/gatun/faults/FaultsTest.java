package dev.gatun.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.laws.LogKernel;
import dev.gatun.laws.OperatorUnderTest;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Each fault is caught by its law, which says so with a small counterexample; and sound copies obey every law. */
@Tag("any-width")
class FaultsTest {

    static Stream<Arguments> soundCopies() {
        DoubleFunction<OperatorUnderTest> magnetic = MagneticCopy::new;
        return Stream.of(Arguments.of(Suites.Attention.class, new StreamedCopy()),
                Arguments.of(Suites.Backward.class, new MatrixCopy(LogKernel.BACKWARD, false)),
                Arguments.of(Suites.Columns.class, new MatrixCopy(LogKernel.FORWARD, true)),
                Arguments.of(Suites.Diffusion.class, new MatrixCopy(LogKernel.SYMMETRIC, false)),
                Arguments.of(Suites.Magnetic.class, magnetic), Arguments.of(Suites.Plans.class, new SinkhornCopy()),
                Arguments.of(Suites.Chains.class, new ChainCopy()));
    }

    @ParameterizedTest
    @MethodSource("soundCopies")
    void soundCopiesObey(Class<?> suite, Object subject) {
        Events properties = run(suite, subject, descriptor -> FilterResult.included("every law"));
        assertTrue(properties.succeeded().count() > 5);
        assertEquals(List.of(), properties.failed().stream().map(FaultsTest::message).toList());
    }

    @ParameterizedTest
    @EnumSource
    void faultsAreCaught(Fault fault) {
        Events properties = runItsLaw(fault);
        assertEquals(1, properties.started().count(), "a law of that name");
        List<String> messages = properties.failed().stream().map(FaultsTest::message).toList();
        assertEquals(1, messages.size(), () -> fault + " is not caught");
        assertTrue(messages.getFirst().startsWith(fault.law().name() + ": "), messages::getFirst);
        assertTrue(messages.getFirst().contains("\n  for "), messages::getFirst);
    }

    /** What is left of a counterexample is listed, and has no more tokens, components and columns than the fault needs. */
    @ParameterizedTest
    @EnumSource(names = {"VALUES_SHIFTED", "SELF_SCORE_LEFT_OUT", "WRONG_AXIS", "ONE_EXPERT", "WRONG_PHASE_SIGN", "POTENTIAL_LEFT_OUT"})
    void counterexamplesAreSmall(Fault fault) {
        Events properties = runItsLaw(fault);
        String message = message(properties.failed().stream().findFirst().orElseThrow());
        assertTrue(message.matches("(?s).*\n  for [^\n]*[1-3] quer[^\n]* [1-3] keys? of 1 component, values of 1 column.*Q = \\[.*"),
                message);
    }

    private static Events runItsLaw(Fault fault) {
        return run(fault.suite(), fault.subject(), descriptor -> FilterResult.includedIf(
                !descriptor.isTest() || descriptor.getDisplayName().equals(fault.law().name())));
    }

    private static Events run(Class<?> suite, Object subject, PostDiscoveryFilter laws) {
        Suites.install(subject);
        return EngineTestKit.engine("jqwik").selectors(DiscoverySelectors.selectClass(suite)).filters(laws)
                .configurationParameter("jqwik.database", "").configurationParameter("jqwik.reporting.usejunitplatform", "true")
                .configurationParameter("jqwik.reporting.onlyfailures", "true").execute().testEvents();
    }

    private static String message(Event event) {
        return event.getPayload(TestExecutionResult.class).orElseThrow().getThrowable().orElseThrow()
                .getMessage();
    }
}
