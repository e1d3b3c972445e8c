package dev.gatun.internal.view;

import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps the calls of one plan apart: at most one is under way at any time. One compare-and-set a call, no lock. */
public final class CallGuard {

    private final AtomicBoolean busy = new AtomicBoolean();

    /**
     * Begins a call, which {@link #leave} must end however it ends.
     *
     * @throws IllegalStateException if another one is under way, of another thread or further up on this one
     */
    public void enter() {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("this plan is in use by another call: a plan is for one call at a time,"
                    + " threads that call at once have a plan each");
        }
    }

    /** Ends a call. */
    public void leave() {
        busy.set(false);
    }
}
