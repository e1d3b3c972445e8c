package dev.gatun.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.gatun.ElementType;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.TextEncoder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The first embedding of a fresh JVM: the time from the start of the process to the result, the model loaded in between, and the memory
 * that is then resident. The library starts from a text; ONNX Runtime from a text with the published tokenizer by DJL, or from its tokens.
 *
 * <p>Without arguments it starts a JVM for each provider, five times by turns, and prints the medians; with one it is such a JVM.
 */
public final class EncoderStart {

    private static final String ONNX_FROM_TEXT = EncoderBench.ONNX + "-text";
    private static final List<String> PROVIDERS = List.of(ONNX_FROM_TEXT, EncoderBench.OURS, EncoderBench.OURS_BFLOAT16, EncoderBench.ONNX,
            EncoderBench.ONNX_INT8);
    private static final int ROUNDS = 5;
    private static final String TEXT = "A lake that joins two oceans across an isthmus.";

    private EncoderStart() {
    }

    /**
     * Measures, or is measured.
     *
     * @param args nothing, or a provider
     * @throws IOException          if a JVM cannot be started
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0) {
            embedOnce(args[0]);
            System.out.println("done " + resident());
            return;
        }
        EncoderInputs.file(EncoderInputs.MODEL);
        EncoderInputs.file(EncoderInputs.INT8_MODEL);
        double[][] millis = new double[PROVIDERS.size()][ROUNDS];
        double[][] megabytes = new double[PROVIDERS.size()][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int p = 0; p < PROVIDERS.size(); p++) {
                start(PROVIDERS.get(p), millis[p], megabytes[p], round);
            }
        }
        System.out.println("| provider | first embedding, ms | resident, MB |");
        System.out.println("|---|---|---|");
        for (int p = 0; p < PROVIDERS.size(); p++) {
            System.out.printf(Locale.ROOT, "| %s | %.0f | %.0f |%n", PROVIDERS.get(p), median(millis[p]), median(megabytes[p]));
        }
    }

    private static void embedOnce(String provider) throws IOException {
        switch (provider) {
            case EncoderBench.OURS, EncoderBench.OURS_BFLOAT16 -> {
                ElementType weights = provider.equals(EncoderBench.OURS) ? ElementType.FLOAT32 : ElementType.BFLOAT16;
                try (TextEncoder encoder = TextEncoder.open(EncoderInputs.file(EncoderInputs.MODEL),
                        EncoderOptions.defaults().withWeights(weights))) {
                    require(encoder.embed(TEXT)[0]);
                }
            }
            case ONNX_FROM_TEXT -> onnx(tokens(), EncoderInputs.MODEL);
            default -> onnx(EncoderInputs.texts("13"), provider.equals(EncoderBench.ONNX) ? EncoderInputs.MODEL : EncoderInputs.INT8_MODEL);
        }
    }

    private static int[][] tokens() throws IOException {
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(EncoderInputs.file(EncoderInputs.MODEL)
                .resolveSibling(EncoderInputs.MODEL + "-tokenizer.json"))) {
            return new int[][] {Arrays.stream(tokenizer.encode(TEXT).getIds()).mapToInt(Math::toIntExact).toArray()};
        }
    }

    private static void onnx(int[][] tokens, String model) {
        try (OnnxTextEncoder encoder = new OnnxTextEncoder(tokens, 1, model)) {
            encoder.run();
            require(encoder.result()[0]);
        }
    }

    private static void require(float entry) {
        if (!Float.isFinite(entry)) {
            throw new IllegalStateException("the embedding holds " + entry);
        }
    }

    /** Resident memory in megabytes, as Linux counts it. */
    private static double resident() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("\\D", "")) / 1024;
            }
        }
        return Double.NaN;
    }

    private static void start(String provider, double[] millis, double[] megabytes, int round) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                EncoderStart.class.getName(), provider));
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("done ")) {
                    millis[round] = (System.nanoTime() - begin) * 1e-6;
                    megabytes[round] = Double.parseDouble(line.substring("done ".length()));
                }
            }
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException(provider + " failed");
        }
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }
}
