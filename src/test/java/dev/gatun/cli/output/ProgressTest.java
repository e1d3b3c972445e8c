package dev.gatun.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;

    @Test
    void countsHeadsAndWipesTheLineOut() {
        try (Progress progress = new Progress(new PrintStream(bytes), 3, () -> now)) {
            now = 2_000_000_000;
            progress.done(1);
            progress.done(2);
        }
        String wiped = " ".repeat("2 of 3 heads done".length());
        assertEquals("\r1 of 3 heads done\r2 of 3 heads done\r" + wiped + "\r", bytes.toString());
    }

    @Test
    void countsOtherThings() {
        try (Progress progress = new Progress(new PrintStream(bytes), 3, "steps", () -> now)) {
            now = 2_000_000_000;
            progress.done(1);
        }
        assertEquals("1 of 3 steps done", bytes.toString().split("\r")[1]);
    }

    @Test
    void isSilentAboutShortJobs() {
        try (Progress progress = new Progress(new PrintStream(bytes), 3, () -> now)) {
            now = 900_000_000;
            progress.done(3);
        }
        assertEquals("", bytes.toString());
    }

    @Test
    void isSilentWhereNobodyWatches() {
        try (Progress progress = new Progress(null, 3, () -> now)) {
            now = 5_000_000_000L;
            progress.done(3);
        }
        assertEquals("", bytes.toString());
    }
}
