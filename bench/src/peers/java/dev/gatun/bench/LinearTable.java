package dev.gatun.bench;

import dev.gatun.kernel.LinearLayers;
import dev.gatun.kernel.probe.MultiplyAdds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Dense layers of a small text encoder beside ONNX Runtime's on one thread: a table of the time of six layers of one shape, and of the
 * share of the limit of multiply-adds, which is measured after each. Products of both are compared first. All sides take turns; all figures
 * are medians.
 *
 * <p>Arguments: numbers of rows and shapes, separated by commas; without them all.
 */
public final class LinearTable {

    private static final String ROWS = "1,4,8,16,32,64,128,256,512";
    private static final String SHAPES = "384x1152,384x384,384x1536,1536x384";

    /** Seconds for each row of the table. */
    private static final double SECONDS = 1.5;

    /** Measurements of the limit, and floating-point operations of one. */
    private static final int LIMIT_ROUNDS = 1000;
    private static final int LIMIT = 1 << 22;

    /** Not final, so that the compiler cannot fold the chains. */
    private static float factor = 0.5f;
    private static float sink;

    private LinearTable() {
    }

    /**
     * Prints the table.
     *
     * @param args rows and shapes
     */
    public static void main(String[] args) {
        List<String> lines = new ArrayList<>();
        for (String shape : (args.length > 1 ? args[1] : SHAPES).split(",")) {
            for (String rows : (args.length > 0 ? args[0] : ROWS).split(",")) {
                lines.add(line(shape, Integer.parseInt(rows)));
            }
        }
        System.out.println("| layers | rows | ONNX Runtime, us | Gatun, us | ratio | of the limit | bfloat16, us | ratio | of the limit |");
        System.out.println("|---".repeat(9) + "|");
        lines.forEach(System.out::println);
    }

    private static String line(String shape, int rows) {
        LinearLayers float32 = new LinearLayers(shape, rows, false);
        LinearLayers bfloat16 = new LinearLayers(shape, rows, true);
        try (OnnxLinear onnx = new OnnxLinear(shape, rows, float32.x())) {
            float32.run();
            onnx.run();
            Agreement.require("ONNX Runtime", onnx.result(), "Gatun", float32.y(LinearLayers.DEPTH - 1));
            Turns.Times times = Turns.of(onnx::run, float32::run, bfloat16::run).times(SECONDS);
            double ideal = LinearLayers.operations(shape, rows) / limit();
            StringBuilder cells = new StringBuilder(String.format(Locale.ROOT, "| %s | %d | %.0f |", shape, rows, times.median(0) * 1e-3));
            for (int side = 1; side <= 2; side++) {
                cells.append(String.format(Locale.ROOT, " %.0f | %.2f | %.2f |", times.median(side) * 1e-3, times.ratio(side),
                        ideal / times.median(side)));
            }
            return cells.toString();
        }
    }

    /** GFLOP/s of multiply-adds on registers, the median of many measurements. */
    private static double limit() {
        double[] rates = new double[LIMIT_ROUNDS];
        for (int round = 0; round < LIMIT_ROUNDS; round++) {
            long start = System.nanoTime();
            sink += MultiplyAdds.vectors(factor, factor, LIMIT);
            rates[round] = LIMIT / (double) (System.nanoTime() - start);
        }
        Arrays.sort(rates);
        return rates[LIMIT_ROUNDS / 2];
    }
}
