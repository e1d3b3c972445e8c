package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class MemoryLimitTest {

    @Test
    void sharesAreGivenBack() {
        MemoryLimit limit = new MemoryLimit(100, 1);
        try (MemoryLimit.Share first = limit.share(); MemoryLimit.Share second = limit.share()) {
            first.take(60);
            second.take(30);
            assertThrows(Refusal.class, () -> second.take(20));
            second.take(10);
            assertEquals(0, limit.free());
        }
        assertEquals(100, limit.free());
        try (MemoryLimit.Share all = limit.share()) {
            all.take(70);
            all.take(1L << 40);
            assertEquals(0, limit.free());
        }
        assertEquals(100, limit.free());
    }
}
