package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** What calls leave on the heap once they are compiled. */
public final class Allocation {

    private static final int CALLS = 20;

    /** How long the compiler has to get there. */
    private static final double PATIENCE_NANOS = 60e9;

    private static final String SAMPLE = "jdk.ObjectAllocationSample";

    private Allocation() {
    }

    /**
     * Fails unless some {@value #CALLS} runs in a row allocate nothing.
     *
     * @param calls is given a number below {@value #CALLS}, one more than the run before had, and 0 after the largest
     */
    public static void assertSettlesAtNothing(IntConsumer calls) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long allocated = 0;
        int quiet = 0;
        for (int call = 0; quiet < CALLS && System.nanoTime() - start < PATIENCE_NANOS; call++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            calls.accept(call % CALLS);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            quiet = bytes == 0 ? quiet + 1 : 0;
            allocated = bytes == 0 ? allocated : bytes;
        }
        assertEquals(CALLS, quiet, "runs in a row that allocate nothing; the last other one allocated " + allocated + " bytes"
                + (quiet < CALLS ? ", most at " + places(() -> calls.accept(0)) : ""));
    }

    /** Where calls allocate most, as the flight recorder has it: a vector that is boxed, as a rule. */
    static String places(Runnable calls) {
        Map<String, Long> places = new TreeMap<>();
        try (Recording recording = new Recording()) {
            recording.enable(SAMPLE).with("throttle", "1000/s");
            recording.start();
            for (long start = System.nanoTime(); System.nanoTime() - start < 2e9; ) {
                calls.run();
            }
            recording.stop();
            Path file = Files.createTempFile("allocation", ".jfr");
            recording.dump(file);
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                if (event.getEventType().getName().equals(SAMPLE)) {
                    places.merge(place(event), event.getLong("weight"), Long::sum);
                }
            }
            Files.delete(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return places.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(4)
                .map(Object::toString).collect(Collectors.joining("; "));
    }

    private static String place(RecordedEvent event) {
        if (event.getStackTrace() == null) {
            return "nowhere";
        }
        String ours = event.getStackTrace().getFrames().stream().map(frame -> frame.getMethod().getType().getName() + "."
                        + frame.getMethod().getName() + ":" + frame.getLineNumber())
                .filter(name -> name.startsWith("dev.gatun")).limit(2).collect(Collectors.joining(" < "));
        return event.getClass("objectClass").getName() + " in " + ours;
    }
}
