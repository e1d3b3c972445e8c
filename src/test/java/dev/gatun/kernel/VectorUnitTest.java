package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of vectors that are longer than the tiles take, a part is used, a power of two; shorter ones are refused. */
class VectorUnitTest {

    @ParameterizedTest
    @CsvSource({"128, 128", "256, 256", "384, 256", "512, 512", "640, 512", "1024, 512", "1152, 512", "2048, 512"})
    void bitsThatAreUsed(int bits, int used) {
        assertEquals(null, VectorUnit.fault(bits));
        assertEquals(used, VectorUnit.used(bits));
    }

    @Test
    void shortVectorsAreRefused() {
        assertEquals("Gatun needs vectors of at least 128 bits; this JVM has 64 (a CPU without them, or a small"
                + " -XX:MaxVectorSize)", VectorUnit.fault(64));
    }

    /** Where the preferred vectors are short enough, as on all of x86-64, the kernels' species are those very objects. */
    @Test
    void preferredSpeciesAreUsedAsTheyAre() {
        Assumptions.assumeTrue(FloatVector.SPECIES_PREFERRED.vectorBitSize() == VectorUnit.bits());
        assertSame(FloatVector.SPECIES_PREFERRED, Lanes.FLOATS);
        assertSame(IntVector.SPECIES_PREFERRED, Lanes.INTS);
        assertSame(DoubleVector.SPECIES_PREFERRED, Lanes.DOUBLES);
    }

    /** What a block of rows holds, the loops over it take in steps of four vectors. */
    @Test
    void fourVectorsFillABlockAtMost() {
        assertEquals(Lanes.FLOATS.vectorBitSize(), VectorUnit.bits());
        assertEquals(0, Lanes.BLOCK % (4 * VectorUnit.used(2048) / Float.SIZE));
    }
}
