package dev.gatun.kernel;

import java.util.function.Consumer;

/** Exponentials of a tile in an array. */
record ArrayExponentials(float[] arguments, float[] tile, Consumer<float[]> kernel) implements Exponentials {

    ArrayExponentials(float[] arguments, Consumer<float[]> kernel) {
        this(arguments, new float[arguments.length], kernel);
    }

    @Override
    public void refill() {
        System.arraycopy(arguments, 0, tile, 0, tile.length);
    }

    @Override
    public void run() {
        kernel.accept(tile);
    }

    @Override
    public float[] result() {
        return tile;
    }

    @Override
    public void close() {
    }
}
