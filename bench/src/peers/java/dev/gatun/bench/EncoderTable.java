package dev.gatun.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@link EncoderBench} as a table: for each batch and number of threads the medians of all providers, and those of ONNX Runtime in
 * float32 divided by the others. Each provider has a JVM of its own, one after the other for each row.
 *
 * <p>Arguments: batches, separated by commas, and numbers of threads; without them all of {@link EncoderBench}.
 */
public final class EncoderTable {

    private static final List<String> PROVIDERS =
            List.of(EncoderBench.ONNX, EncoderBench.OURS, EncoderBench.OURS_BFLOAT16, EncoderBench.ONNX_INT8, EncoderBench.TORCH);
    private static final String BATCHES = "4,8,16,32,64,128,256,512,32x8..128";

    private EncoderTable() {
    }

    /**
     * Runs the benchmarks and prints the table.
     *
     * @param args batches and numbers of threads
     * @throws RunnerException if a benchmark fails
     */
    public static void main(String[] args) throws RunnerException {
        String[] batches = (args.length > 0 ? args[0] : BATCHES).split(",");
        String[] threads = (args.length > 1 ? args[1] : "1,2").split(",");
        List<String> rows = new ArrayList<>();
        for (String count : threads) {
            for (String batch : batches) {
                rows.add(row(batch, count, medians(batch, count)));
            }
        }
        System.out.println();
        System.out.println("| tokens | threads | ONNX Runtime, ms | Gatun, ms | ratio | with bfloat16 weights | ratio "
                + "| ONNX Runtime int8 | ratio | libtorch | ratio |");
        System.out.println("|---".repeat(3 + 2 * (PROVIDERS.size() - 1)) + "|");
        rows.forEach(System.out::println);
    }

    /** The median times of providers in milliseconds. */
    private static Map<String, Double> medians(String batch, String threads) throws RunnerException {
        Options options = new OptionsBuilder().include(EncoderBench.class.getSimpleName() + ".embed").param("batch", batch)
                .param("threads", threads).param("provider", PROVIDERS.toArray(String[]::new)).forks(1).warmupIterations(5)
                .warmupTime(TimeValue.seconds(1)).measurementIterations(3).measurementTime(TimeValue.milliseconds(500))
                .shouldFailOnError(true).verbosity(VerboseMode.SILENT).build();
        Map<String, Double> medians = new TreeMap<>();
        for (RunResult result : new Runner(options).run()) {
            medians.put(result.getParams().getParam("provider"), result.getPrimaryResult().getStatistics().getPercentile(50));
        }
        return medians;
    }

    private static String row(String batch, String threads, Map<String, Double> medians) {
        double onnx = medians.get(EncoderBench.ONNX);
        StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "| %s | %s | %.2f", batch, threads, onnx));
        for (String provider : PROVIDERS.subList(1, PROVIDERS.size())) {
            row.append(String.format(Locale.ROOT, " | %.2f | %.2f", medians.get(provider), onnx / medians.get(provider)));
        }
        return row.append(" |").toString();
    }
}
