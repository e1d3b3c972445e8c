package dev.gatun.machine;

import dev.gatun.kernel.JvmFlags;

/** Properties of the virtual machine that the kernels run on. */
final class VirtualMachine {

    /** The compilation tier of C2. */
    private static final int TIER_OF_C2 = 4;

    private VirtualMachine() {
    }

    /** Whether the JVM was started with a module. */
    static boolean present(String module) {
        return ModuleLayer.boot().findModule(module).isPresent();
    }

    /** Name and version of the virtual machine. */
    static String name() {
        return System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version");
    }

    /** The compiler, from the description of the virtual machine and, if they can be read, its flags. */
    static JitCompiler compiler() {
        String description = System.getProperty("java.vm.info", "");
        if (description.contains("interpreted mode")) {
            return JitCompiler.INTERPRETER;
        }
        if (description.contains("emulated-client")) {
            return JitCompiler.C1;
        }
        boolean hotSpot = description.contains("mixed mode") || description.contains("compiled mode");
        if (!hotSpot || JvmFlags.value("UseJVMCICompiler").equals("true")) {
            return JitCompiler.OTHER;
        }
        return stopsBeforeC2() ? JitCompiler.C1 : JitCompiler.C2;
    }

    private static boolean stopsBeforeC2() {
        String tier = JvmFlags.value("TieredStopAtLevel");
        return JvmFlags.value("TieredCompilation").equals("true") && !tier.isEmpty() && Integer.parseInt(tier) < TIER_OF_C2;
    }

    /** Whether no compiler of this virtual machine, as it was started, compiles the Vector API to vector instructions. */
    static boolean neverVectorises() {
        return compiler().neverVectorises() || withoutVectorSupport();
    }

    /** The compiler, and the flag that keeps it from vector instructions if that is set. */
    static String describeCompiler() {
        return compiler().label() + (withoutVectorSupport() ? " with -XX:-EnableVectorSupport" : "");
    }

    private static boolean withoutVectorSupport() {
        return JvmFlags.value("EnableVectorSupport").equals("false");
    }
}
