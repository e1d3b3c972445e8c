package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The shape of register tiles fits the registers. */
class RegisterTileTest {

    @Test
    void theRegistersAreThoseOfTheCpuAndTheVirtualMachine() {
        assertEquals(32, RegisterTile.registers("amd64", 512, ""));
        assertEquals(32, RegisterTile.registers("amd64", 256, "3"));
        assertEquals(32, RegisterTile.registers("amd64", 128, "3"));
        assertEquals(16, RegisterTile.registers("amd64", 256, "2"));
        assertEquals(16, RegisterTile.registers("x86_64", 128, "1"));
        assertEquals(16, RegisterTile.registers("amd64", 256, ""));
        assertEquals(32, RegisterTile.registers("aarch64", 128, ""));
        assertEquals(32, RegisterTile.registers("riscv64", 256, ""));
    }

    @Test
    void theTileFitsTheRegisters() {
        for (int registers : new int[] {16, 32}) {
            int vectors = RegisterTile.vectors(registers);
            assertEquals(0, Lanes.BLOCK % (vectors * Lanes.FLOATS.length()));
            assertTrue(Lanes.QUAD * vectors + Lanes.QUAD + vectors <= registers);
            assertTrue(RegisterTile.columns(registers) + 2 <= registers);
        }
        assertEquals(4, RegisterTile.thinVectors(32, 512));
        assertEquals(2, RegisterTile.thinVectors(32, 256));
        assertEquals(2, RegisterTile.thinVectors(16, 256));
    }
}
