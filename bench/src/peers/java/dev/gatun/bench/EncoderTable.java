package dev.gatun.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The providers of {@link EncoderBench} as a table: for each batch and number of threads the median times, and the medians of ONNX Runtime's
 * time in float32 divided by that of another in the same round. The providers take turns in one JVM.
 *
 * <p>Arguments: batches, separated by commas, and numbers of threads; without them all of {@link EncoderBench}.
 */
public final class EncoderTable {

    private static final List<String> PROVIDERS =
            List.of(EncoderBench.ONNX, EncoderBench.OURS, EncoderBench.OURS_BFLOAT16, EncoderBench.ONNX_INT8, EncoderBench.TORCH);
    private static final String BATCHES = "4,8,16,32,64,128,256,512,32x8..128";

    /** Seconds for each row of the table, and the calls of a turn. */
    private static final double SECONDS = 12;
    private static final int CALLS = 2;

    private EncoderTable() {
    }

    /**
     * Runs the benchmarks and prints the table.
     *
     * @param args batches and numbers of threads
     */
    public static void main(String[] args) {
        String[] batches = (args.length > 0 ? args[0] : BATCHES).split(",");
        String[] threads = (args.length > 1 ? args[1] : "1,2").split(",");
        List<String> rows = new ArrayList<>();
        for (String count : threads) {
            for (String batch : batches) {
                rows.add(row(batch, Integer.parseInt(count)));
            }
        }
        System.out.println();
        System.out.println("| tokens | threads | ONNX Runtime, ms | Gatun, ms | ratio | with bfloat16 weights | ratio "
                + "| ONNX Runtime int8 | ratio | libtorch | ratio |");
        System.out.println("|---".repeat(3 + 2 * (PROVIDERS.size() - 1)) + "|");
        rows.forEach(System.out::println);
    }

    private static String row(String batch, int threads) {
        List<Provider> encoders = PROVIDERS.stream().map(provider -> EncoderBench.open(provider, batch, threads)).toList();
        Turns.Times times = Turns.of(encoders.stream().<Runnable>map(encoder -> encoder::run).toArray(Runnable[]::new))
                .withCalls(CALLS).times(SECONDS);
        encoders.forEach(Provider::close);
        StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "| %s | %d | %.2f", batch, threads, 1e-6 * times.median(0)));
        for (int side = 1; side < PROVIDERS.size(); side++) {
            row.append(String.format(Locale.ROOT, " | %.2f | %.2f", 1e-6 * times.median(side), times.ratio(side)));
        }
        return row.append(" |").toString();
    }
}
