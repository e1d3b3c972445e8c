package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.NpyFiles.Contents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
class BridgeTest {

    private static final double[] EARLY = {0.4, 0.3, 0.15, 0.1, 0.05};
    private static final double[] LATE = {0.05, 0.1, 0.15, 0.3, 0.4};

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path early;
    private Path late;
    private Path rho;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 5, 4);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 5, 4);
        early = NpyFiles.float64(folder.resolve("early.npy"), EARLY, 5);
        late = NpyFiles.float64(folder.resolve("late.npy"), LATE, 5);
        rho = folder.resolve("rho.npy");
    }

    private Outcome bridge(Path from, Path to, Object... more) {
        Object[] arguments = {"bridge", "--q", q, "--k", k, "--mu0", from, "--mu1", to, "--steps", 3, "--out", rho};
        Object[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return Outcome.of(all);
    }

    @Test
    void lawsGoFromOneToTheOther() {
        for (int threads = 1; threads <= 2; threads++) {
            Outcome outcome = bridge(early, late, "--threads", threads).assertDone();
            assertEquals(2, Pattern.compile("\"status\": \"converged\"").matcher(outcome.out()).results().count());
            assertTrue(outcome.out().contains("\"head\": [0, 1]"), outcome.out());
            Contents marginals = NpyFiles.read(rho);
            assertEquals("<f4", marginals.type());
            assertArrayEquals(new int[] {2, 4, 5}, marginals.shape());
            for (int head = 0; head < 2; head++) {
                for (int t = 0; t < 4; t++) {
                    double[] marginal = Arrays.copyOfRange(marginals.values(), (head * 4 + t) * 5, (head * 4 + t + 1) * 5);
                    assertEquals(1, Arrays.stream(marginal).sum(), 1e-5);
                    if (t == 0 || t == 3) {
                        assertArrayEquals(t == 0 ? EARLY : LATE, marginal, 1e-5);
                    }
                }
            }
        }
    }

    @Test
    void causalMassDoesNotMoveToLaterTokens() {
        bridge(late, early, "--causal").assertDone();
        assertTrue(Files.exists(rho));
        rho.toFile().delete();
        Outcome none = bridge(early, late, "--causal");
        none.assertEnded(1, "2 of 2", "infeasible");
        assertFalse(Files.exists(rho));
    }

    @Test
    void massesBeyondFloatsAreNotWritten() {
        Path large = NpyFiles.float64(folder.resolve("large.npy"), new double[] {1e300, 1, 1, 1, 1}, 5);
        Outcome.of("bridge", "--q", q, "--k", k, "--mu0", large, "--mu1", large, "--steps", 2, "--out", rho)
                .assertEnded(1, "a mass of 1.00e+300 at time 0 and token 0 is too large for float32");
        assertFalse(Files.exists(rho));
    }

    @Test
    void badInputIsRefused() {
        Path four = NpyFiles.float64(folder.resolve("four.npy"), new double[] {1, 1, 1, 1}, 4);
        bridge(four, late).assertRefused("four.npy", "has 4 entries");
        bridge(early, late, "--steps", 0).assertRefused("--steps");
        Outcome.of("bridge", "--q", q, "--k", k, "--out", rho).assertRefused("--mu0", "--mu1", "--steps");
        Outcome.of("bridge", "--q", q, "--k", k, "--mu0", early, "--mu1", late, "--steps", 0, "--out", rho)
                .assertRefused("--steps must be at least 1");
        Outcome.of("bridge", "--q", q, "--k", k, "--mu0", early, "--mu1", late, "--steps", 2, "--out", early)
                .assertRefused("is an input");
        assertFalse(Files.exists(rho));
    }
}
