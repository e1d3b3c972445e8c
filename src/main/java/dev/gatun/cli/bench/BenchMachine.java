package dev.gatun.cli.bench;

import dev.gatun.cli.output.JsonWriter;
import dev.gatun.internal.format.JsonValue;
import dev.gatun.machine.KernelReport;

/**
 * The machine of a run.
 *
 * @param architecture    the architecture of the CPU
 * @param jvm             name and version of the Java virtual machine
 * @param compiler        the compiler of the kernels
 * @param vectorBits      bits of a vector
 * @param vectorRegisters vector registers
 * @param registerTile    the shape of register tiles
 * @param vectorised      whether the kernels are compiled to vector instructions
 */
record BenchMachine(String architecture, String jvm, String compiler, int vectorBits, int vectorRegisters, String registerTile,
                    boolean vectorised) {

    private static final int MAX_BITS = 1 << 16;

    static BenchMachine of(KernelReport machine) {
        return new BenchMachine(machine.architecture(), machine.machine(), machine.compiler().label(), machine.vectorBits(),
                machine.registers(), machine.registerTile(), machine.vectorised());
    }

    void write(JsonWriter json) {
        json.beginObject()
                .name("architecture").value(architecture)
                .name("jvm").value(jvm)
                .name("compiler").value(compiler)
                .name("vectorBits").value(vectorBits)
                .name("vectorRegisters").value(vectorRegisters)
                .name("registerTile").value(registerTile)
                .name("vectorised").value(vectorised)
                .end();
    }

    static BenchMachine read(JsonValue machine) {
        return new BenchMachine(machine.field("architecture").text(), machine.field("jvm").text(), machine.field("compiler").text(),
                (int) machine.field("vectorBits").integer(1, MAX_BITS), (int) machine.field("vectorRegisters").integer(1, MAX_BITS),
                machine.field("registerTile").text(), machine.field("vectorised").truth());
    }
}
