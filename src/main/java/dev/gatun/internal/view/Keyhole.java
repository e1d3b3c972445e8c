package dev.gatun.internal.view;

import java.util.function.Function;

/**
 * What packages above the API see behind its types: a type of the API says at its initialisation what it is made of, without
 * a public method for it.
 *
 * @param <T> what is seen
 */
public final class Keyhole<T> {

    private Function<Object, T> inside;

    /** Says what is behind an object of a type; called once, by that type. */
    public void cut(Function<Object, T> newInside) {
        inside = newInside;
    }

    /** What is behind {@code object}, which is of the type that the keyhole was cut for. */
    public T look(Object object) {
        return inside.apply(object);
    }
}
