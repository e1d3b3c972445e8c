package dev.gatun.laws;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/** A law that only operators of some capability have to obey; for others it is skipped, and the report says why. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@AddLifecycleHook(CapabilityGate.class)
@interface Needs {

    /** What the operator has to be able to do. */
    Capability value();
}
