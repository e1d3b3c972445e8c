package dev.gatun.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Flags of the virtual machine, if its management module is there. */
public final class JvmFlags {

    private static final boolean MANAGED = ModuleLayer.boot().findModule("jdk.management").isPresent();

    private JvmFlags() {
    }

    /** The value of a flag; "" if there is no such flag, or flags cannot be read. */
    public static String value(String name) {
        return MANAGED ? Management.value(name) : "";
    }

    /** A separate class, loaded only if the module is there. */
    private static final class Management {

        static String value(String name) {
            HotSpotDiagnosticMXBean diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            try {
                return diagnostics == null ? "" : diagnostics.getVMOption(name).getValue();
            } catch (IllegalArgumentException unknown) {
                return "";
            }
        }
    }
}
