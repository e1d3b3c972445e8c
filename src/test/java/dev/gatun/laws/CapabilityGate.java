package dev.gatun.laws;

import java.util.Set;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** Skips laws that {@link Needs need} a capability that the operator of the test class does not declare. */
final class CapabilityGate implements SkipExecutionHook {

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
        Capability needed = context.findAnnotation(Needs.class).orElseThrow().value();
        Set<Capability> capabilities = context.optionalContainerClass().map(context::newInstance).map(LawSuite.class::cast)
                .orElseThrow().operator().capabilities();
        return capabilities.contains(needed) ? SkipResult.doNotSkip() : SkipResult.skip("the operator does not declare " + needed);
    }
}
