package dev.gatun.examples;

import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TextEncoder;
import java.nio.file.Path;
import java.util.List;

/** Finds the passage that answers a question, with plain attention and with another operator in its place. */
final class EncoderExample {

    private EncoderExample() {
    }

    /** The place of the passage whose embedding has the largest inner product with that of the question. */
    static int best(Path model, Regimes regimes, String question, List<String> passages) {
        try (TextEncoder encoder = TextEncoder.open(model, EncoderOptions.defaults().withRegimes(regimes))) {
            float[] query = encoder.embed(question, InputKind.QUERY);
            float[][] found = encoder.embed(passages, InputKind.PASSAGE);
            int best = 0;
            for (int i = 1; i < found.length; i++) {
                best = product(query, found[i]) > product(query, found[best]) ? i : best;
            }
            return best;
        }
    }

    private static double product(float[] x, float[] y) {
        double sum = 0;
        for (int c = 0; c < x.length; c++) {
            sum += x[c] * y[c];
        }
        return sum;
    }
}
