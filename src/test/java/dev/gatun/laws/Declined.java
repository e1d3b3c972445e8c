package dev.gatun.laws;

import org.opentest4j.TestAbortedException;

/** Thrown by an operator under test that says that it has no result for a head: the head counts neither for nor against it. */
public final class Declined extends TestAbortedException {

    private static final long serialVersionUID = 1;

    /** @param reason why, in one sentence */
    public Declined(String reason) {
        super(reason);
    }
}
