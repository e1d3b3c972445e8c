package dev.gatun.internal.view;

import java.util.function.Function;

/**
 * Access to the implementation of a public type from other packages, without a public method. The static initialiser of the public type
 * calls {@link #cut} with a function that returns the implementation of an object; other packages call {@link #look}.
 *
 * @param <T> the type of the implementation
 */
public final class Keyhole<T> {

    private Function<Object, T> inside;

    /** Sets the function that returns the implementation; called once, by the public type. */
    public void cut(Function<Object, T> newInside) {
        inside = newInside;
    }

    /** The implementation of {@code object}, an instance of the public type. */
    public T look(Object object) {
        return inside.apply(object);
    }
}
