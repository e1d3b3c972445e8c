package dev.gatun.internal.view;

import java.util.function.Function;

/**
 * What packages above the API see behind its types: a type of the API says at its initialisation what it is made of, without
 * a public method for it.
 *
 * @param <T> what is seen
 */
public final class Keyhole<T> {

    /** The view behind {@code dev.gatun.Heads}. */
    public static final Keyhole<TensorView> TENSORS = new Keyhole<>();

    private Function<Object, T> inside;

    private Keyhole() {
    }

    /** Says what is behind an object of a type; called once, by that type. */
    public void cut(Function<Object, T> newInside) {
        inside = newInside;
    }

    /** What is behind {@code object}, which is of the type that the keyhole was cut for. */
    public T look(Object object) {
        return inside.apply(object);
    }
}
