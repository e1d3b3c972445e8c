package dev.gatun.internal.view;

import java.util.concurrent.atomic.AtomicBoolean;

/** Lets one call of a plan run at a time. It costs a compare-and-set for each call, and takes no lock. */
public final class CallGuard {

    private final AtomicBoolean busy = new AtomicBoolean();

    /**
     * Begins a call; {@link #leave} must follow, whether the call returns or throws.
     *
     * @throws IllegalStateException if another call is running, on another thread or further up the stack of this one
     */
    public void enter() {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("this plan is in use by another call: a plan runs one call at a time,"
                    + " so each thread needs its own plan");
        }
    }

    /** Ends a call. */
    public void leave() {
        busy.set(false);
    }
}
