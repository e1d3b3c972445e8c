package dev.gatun.bench;

import java.util.Random;

/**
 * Requests as a server receives them: texts of mixed lengths, uniform from {@value #SHORTEST} to {@value #LONGEST} tokens, each a call of
 * attention. Inputs are standard normal.
 */
final class ServingRequests {

    /** Heads of a request. */
    static final int HEADS = 12;

    /** Components of a query, a key and a value. */
    static final int DIMENSION = 32;

    /** The largest number of tokens. */
    static final int LONGEST = 256;

    private static final int SHORTEST = 8;

    /** How many requests there are before they repeat. */
    static final int COUNT = 64;

    private ServingRequests() {
    }

    /** All requests, the same at every call. */
    static AttentionInputs[] all() {
        int[] tokens = new Random(1).ints(COUNT, SHORTEST, LONGEST + 1).toArray();
        AttentionInputs[] requests = new AttentionInputs[COUNT];
        for (int request = 0; request < COUNT; request++) {
            requests[request] = AttentionInputs.normal(HEADS + "x" + tokens[request] + "x" + DIMENSION);
        }
        return requests;
    }
}
