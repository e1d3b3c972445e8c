package dev.gatun.machine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * The event of the flight recorder that the kernels do not run on vector instructions. The module of the recorder is optional: this
 * class must not be loaded unless {@link VirtualMachine} has found it.
 */
@Name(NotVectorised.NAME)
@Label("Not Vectorised")
@Description("Gatun's kernels run without vector instructions, hundreds of times slower than they could")
@Category("Gatun")
@StackTrace(false)
final class NotVectorised extends Event {

    static final String NAME = "dev.gatun.machine.NotVectorised";

    @Label("Reason")
    String reason;

    @Label("Compiler")
    String compiler;

    @Label("Vector Width in Bits")
    int vectorBits;

    static void commit(String reason, JitCompiler compiler, int vectorBits) {
        NotVectorised event = new NotVectorised();
        event.reason = reason;
        event.compiler = compiler.label();
        event.vectorBits = vectorBits;
        event.commit();
    }
}
