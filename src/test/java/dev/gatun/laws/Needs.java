package dev.gatun.laws;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/** Marks a law that only operators with a capability must obey. For others it is skipped, with the reason in the report. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@AddLifecycleHook(CapabilityGate.class)
@interface Needs {

    /** The capability. */
    Capability value();
}
