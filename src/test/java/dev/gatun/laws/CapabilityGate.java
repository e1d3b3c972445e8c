package dev.gatun.laws;

import java.util.Set;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** Skips laws that {@link Needs need} what the operator of the test class does not say that it can do. */
final class CapabilityGate implements SkipExecutionHook {

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
        Capability needed = context.findAnnotation(Needs.class).orElseThrow().value();
        Set<Capability> capabilities = context.optionalContainerClass().map(context::newInstance).map(LawSuite.class::cast)
                .orElseThrow().operator().capabilities();
        return capabilities.contains(needed) ? SkipResult.doNotSkip() : SkipResult.skip("the operator does not say " + needed);
    }
}
