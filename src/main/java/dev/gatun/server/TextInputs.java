package dev.gatun.server;

import java.util.List;

/**
 * The texts of a request.
 *
 * @param texts  strings, and arrays of token ids
 * @param single whether the request has one text outside of an array
 */
record TextInputs(List<Object> texts, boolean single) {

    /** What a request may give. */
    static final String KINDS = "a string, a list of token ids, or a list of strings or of lists of token ids";
}
