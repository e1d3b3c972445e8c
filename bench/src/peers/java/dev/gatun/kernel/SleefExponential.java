package dev.gatun.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** SLEEF's exponentials of 1 ULP for AVX-512, in place, by the loops of {@code sleef_loops.c}. */
final class SleefExponential {

    private static final Path LOOPS = Path.of("bench/target/sleef_loops.so").toAbsolutePath();

    private SleefExponential() {
    }

    /** The natural one. */
    static Consumer<MemorySegment> natural() {
        requireLoops();
        return entries -> call(Loop.NATURAL, entries);
    }

    /** The power of two. */
    static Consumer<MemorySegment> powerOfTwo() {
        requireLoops();
        return entries -> call(Loop.POWER_OF_TWO, entries);
    }

    private static void requireLoops() {
        if (!Files.exists(LOOPS)) {
            throw new IllegalStateException("SLEEF is left out: there is no " + LOOPS
                    + "; the comment of ExponentialPeersBench has the command that makes it");
        }
    }

    private static void call(MethodHandle loop, MemorySegment entries) {
        try {
            loop.invokeExact(entries, entries.byteSize() / Float.BYTES);
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Constants to the compiler, as the loops are in C. */
    private static final class Loop {

        static final MethodHandle NATURAL = loop("natural");
        static final MethodHandle POWER_OF_TWO = loop("power_of_two");

        private static MethodHandle loop(String name) {
            MemorySegment symbol = SymbolLookup.libraryLookup(LOOPS, Arena.global()).findOrThrow(name);
            return Linker.nativeLinker().downcallHandle(symbol,
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                    Linker.Option.critical(false));
        }
    }
}
