package dev.gatun.cli.report;

import dev.gatun.cli.output.JsonWriter;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a computation of a head gave, or why there is no such thing.
 *
 * @param result null if there is none
 * @param reason one sentence; empty if there is a result
 */
record Computed<T>(T result, String reason) {

    /** Runs a computation. The library refuses what a head does not have with an {@link IllegalArgumentException}. */
    static <T> Computed<T> of(Supplier<T> computation) {
        try {
            return new Computed<>(computation.get(), "");
        } catch (IllegalArgumentException undefined) {
            return new Computed<>(null, undefined.getMessage());
        }
    }

    /** What follows from the result; without a result, the same reason. */
    <S> Computed<S> then(Function<T, S> computation) {
        return result == null ? new Computed<>(null, reason) : of(() -> computation.apply(result));
    }

    /** Writes the reason as a member of an object that has been begun. */
    void writeReason(JsonWriter json) {
        json.name("reason").value(reason);
    }
}
