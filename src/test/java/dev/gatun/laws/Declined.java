package dev.gatun.laws;

import org.opentest4j.TestAbortedException;

/** Thrown by an operator under test that reports that it has no result for a head. The head then counts neither for nor against it. */
public final class Declined extends TestAbortedException {

    private static final long serialVersionUID = 1;

    /**
     * The report of an operator.
     *
     * @param reason the reason, in one sentence
     */
    public Declined(String reason) {
        super(reason);
    }
}
