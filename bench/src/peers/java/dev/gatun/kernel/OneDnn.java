package dev.gatun.kernel;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/** How many threads oneDNN works on: its interface leaves that to OpenMP, which is loaded with it. */
final class OneDnn {

    private OneDnn() {
    }

    /** Lets the calling thread do the work of its calls alone: OpenMP keeps this number for each calling thread. */
    static void useCallerAlone() {
        Loader.load(dnnl.class);
        try {
            Linker.nativeLinker().downcallHandle(SymbolLookup.loaderLookup().findOrThrow("omp_set_num_threads"),
                    FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT)).invokeExact(1);
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }
}
