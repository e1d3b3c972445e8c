package dev.gatun.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Attention of the library and its peers in one run, as a table: for each problem and number of threads the medians of the peers divided
 * by that of the library, with the vectors that the machine has and with {@code -XX:UseAVX=2}. The peers choose their own instructions
 * both times.
 *
 * <p>Arguments: problems ({@code heads x tokens x d}, separated by commas) and numbers of threads; without them the five problems of
 * {@link AttentionPeersBench} on one thread and on two.
 */
public final class AttentionTable {

    private static final String OURS = "gatun";
    private static final List<String> PEERS = List.of("onnxruntime-mha", "onnxruntime-attention", "libtorch-sdpa");
    private static final String PROBLEMS = "12x128x32,8x512x64,8x1024x64,1x4096x64,1x4096x128";

    private AttentionTable() {
    }

    /**
     * Runs the benchmarks and prints the table.
     *
     * @param args problems and numbers of threads
     * @throws RunnerException if a benchmark fails
     */
    public static void main(String[] args) throws RunnerException {
        String[] problems = (args.length > 0 ? args[0] : PROBLEMS).split(",");
        String[] threads = (args.length > 1 ? args[1] : "1,2").split(",");
        List<String> rows = new ArrayList<>();
        for (String count : threads) {
            for (String problem : problems) {
                Map<String, Double> medians = medians(problem, count, "-XX:+UseTLAB", all());
                Map<String, Double> avx2 = medians(problem, count, "-XX:UseAVX=2", new String[] {OURS});
                rows.add(row(problem, count, medians, avx2.get(OURS)));
            }
        }
        System.out.println();
        System.out.println("| problem | threads | Gatun, ms | " + String.join(" | ", PEERS) + " | Gatun with AVX2, ms | "
                + String.join(" | ", PEERS) + " |");
        System.out.println("|---".repeat(4 + 2 * PEERS.size()) + "|");
        rows.forEach(System.out::println);
    }

    private static String[] all() {
        List<String> providers = new ArrayList<>(List.of(OURS));
        providers.addAll(PEERS);
        return providers.toArray(String[]::new);
    }

    /** The median times of providers in milliseconds, each in a JVM of its own. */
    private static Map<String, Double> medians(String problem, String threads, String flag, String[] providers) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder().include(AttentionPeersBench.class.getSimpleName() + ".attention")
                .param("inputs", problem).param("threads", threads).param("provider", providers)
                .jvmArgsAppend("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", flag)
                .forks(1).warmupIterations(4).warmupTime(TimeValue.seconds(1)).measurementIterations(4)
                .measurementTime(TimeValue.milliseconds(500)).shouldFailOnError(true).verbosity(VerboseMode.SILENT);
        return medians(new Runner(options.build()).run());
    }

    private static Map<String, Double> medians(Collection<RunResult> results) {
        Map<String, Double> medians = new TreeMap<>();
        for (RunResult result : results) {
            medians.put(result.getParams().getParam("provider"), result.getPrimaryResult().getStatistics().getPercentile(50));
        }
        return medians;
    }

    private static String row(String problem, String threads, Map<String, Double> medians, double avx2) {
        StringBuilder row = new StringBuilder("| " + problem + " | " + threads);
        for (double ours : new double[] {medians.get(OURS), avx2}) {
            row.append(String.format(Locale.ROOT, " | %.4f", ours));
            for (String peer : PEERS) {
                row.append(String.format(Locale.ROOT, " | %.2f", medians.get(peer) / ours));
            }
        }
        return row.append(" |").toString();
    }
}
