package dev.gatun.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/**
 * The library and ONNX Runtime under the same load in one run, as a table: for each number of callers and of threads that a call may use,
 * requests in a second, the median and the 99th percentile of the time of a request, and the bytes of the heap that it takes.
 *
 * <p>Arguments: numbers of callers and of threads, separated by commas.
 */
public final class ServingTable {

    private static final List<String> PROVIDERS = List.of("gatun", "onnxruntime-mha", "onnxruntime-attention");

    private ServingTable() {
    }

    /**
     * Runs the benchmark and prints the table.
     *
     * @param args numbers of callers, numbers of threads
     * @throws RunnerException if a benchmark fails
     */
    public static void main(String[] args) throws RunnerException {
        String[] callers = (args.length > 0 ? args[0] : "1,2,4,8").split(",");
        String[] threads = (args.length > 1 ? args[1] : "1,2").split(",");
        List<String> rows = new ArrayList<>();
        for (String ofCall : threads) {
            for (String count : callers) {
                for (String provider : PROVIDERS) {
                    rows.add(row(provider, Integer.parseInt(count), ofCall));
                }
            }
        }
        System.out.println();
        System.out.println("| callers | threads of a call | provider | requests/s | median, us | p99, us | bytes a request |");
        System.out.println("|---".repeat(7) + "|");
        rows.forEach(System.out::println);
    }

    private static String row(String provider, int callers, String threads) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder().include(ServingBench.class.getSimpleName() + ".request")
                .param("provider", provider).param("threads", threads).threads(callers)
                .jvmArgsAppend("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
                .forks(1).warmupIterations(4).warmupTime(TimeValue.seconds(1)).measurementIterations(4)
                .measurementTime(TimeValue.seconds(1)).addProfiler(GCProfiler.class).shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        RunResult result = new Runner(options.build()).runSingle();
        Statistics micros = result.getPrimaryResult().getStatistics();
        Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
        return String.format(Locale.ROOT, "| %s | %s | %s | %.0f | %.0f | %.0f | %.0f |", callers, threads, provider,
                callers * 1e6 / micros.getMean(), micros.getPercentile(50), micros.getPercentile(99), bytes.getScore());
    }
}
