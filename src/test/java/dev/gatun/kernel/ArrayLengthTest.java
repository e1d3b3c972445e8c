package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrayLengthTest {

    @Test
    void whatAnArrayHolds() {
        assertEquals(0, ArrayLength.of(0, Integer.MAX_VALUE));
        assertEquals(Integer.MAX_VALUE - 8, ArrayLength.of(1, Integer.MAX_VALUE - 8));
        assertEquals(1 << 30, ArrayLength.of(1 << 15, 1 << 15));
    }

    @ParameterizedTest
    @CsvSource({"65536, 65536", "46341, 46341", "1, 2147483640", "4294967296, 4294967296", "3037000500, 3037000500"})
    void whatIsTooLongIsSaid(long size, long other) {
        String message = assertThrows(IllegalArgumentException.class, () -> ArrayLength.of(size, other)).getMessage();
        assertEquals(" entries are needed in one array, which holds 2147483639 at most: fewer tokens, heads or components"
                + " must do", message.substring(message.indexOf(" entries")));
    }
}
