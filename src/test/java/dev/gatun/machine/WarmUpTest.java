package dev.gatun.machine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How warming up ends where it is not given time; when calls settle, and how fast they are then, is measured by benchmarks. */
class WarmUpTest {

    @Test
    void noCallBeginsAfterTheDeadline() {
        WarmUp warmUp = new WarmUp(3, 2);
        assertFalse(warmUp.run(System.nanoTime()));
        assertFalse(Kernels.warmUp(3, 2, Duration.ZERO));
        warmUp.close();
        assertThrows(IllegalStateException.class, () -> warmUp.run(System.nanoTime() + 1_000_000_000), "its memory is given back");
    }
}
