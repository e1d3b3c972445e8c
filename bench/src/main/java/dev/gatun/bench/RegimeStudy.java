package dev.gatun.bench;

import dev.gatun.encoder.EncoderConfig;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TextEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What becomes of a trained encoder when other operators take the place of attention: the cosine of each sentence's embedding to that of
 * the plain model, and the recall of its ten nearest neighbours among all sentences.
 *
 * <pre>
 * java -cp bench/target/benchmarks.jar dev.gatun.bench.RegimeStudy MODEL SENTENCES heads|no-heads FILE|FOLDER...
 * </pre>
 *
 * The tables are in Markdown: each regime in all heads; in one layer; with {@code heads}, in one head; and circulation from 0 to 2.
 */
public final class RegimeStudy {

    private static final List<String> REGIMES = List.of("bistochastic", "bistochastic-backward", "bistochastic-diffusion", "diffusion",
            "diffusion alpha 1", "backward", "attention-column", "attention beta 0.5", "attention beta 2");
    private static final List<String> CIRCULATIONS = List.of("0", "0.25", "0.5", "0.8", "0.9", "1.1", "1.2", "1.5", "1.75", "2");
    private static final List<String> OF_ONE_HEAD = List.of("bistochastic", "diffusion", "backward", "circulation 0", "circulation 2");

    private final EncoderModel model;
    private final List<String> sentences;
    private final Embeddings plain;

    private RegimeStudy(EncoderModel model, List<String> sentences) {
        this.model = model;
        this.sentences = sentences;
        this.plain = embeddings("");
    }

    /**
     * Prints the tables.
     *
     * @param arguments the model, the number of sentences, whether to try each head, and where texts are
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT);
        List<Path> places = Arrays.stream(arguments).skip(3).map(Path::of).toList();
        List<String> sentences = Sentences.of(places, Integer.parseInt(arguments[1]));
        EncoderModel model = EncoderModel.load(Path.of(arguments[0]));
        EncoderConfig config = model.config();
        System.out.printf("%s, %s sentences%n", model, sentences.size());
        RegimeStudy study = new RegimeStudy(model, sentences);
        study.printAll("regime in all heads", REGIMES);
        study.printAll("circulation in all heads", CIRCULATIONS.stream().map(c -> "circulation " + c).toList());
        study.printLayers(config.layers());
        if (arguments[2].equals("heads")) {
            study.printHeads(config);
        }
    }

    private void printAll(String title, List<String> regimes) {
        System.out.printf("%n| %s | median cosine | tenth percentile | recall of 10 neighbours |%n|---|---|---|---|%n", title);
        for (String regime : regimes) {
            Embeddings changed = embeddings(regime);
            double[] cosines = changed.cosines(plain);
            System.out.printf("| %s | %.3f | %.3f | %.2f |%n", regime, quantile(cosines, 0.5), quantile(cosines, 0.1), changed.recall(plain));
        }
    }

    private void printLayers(int layers) {
        System.out.printf("%n| regime in one layer: median cosine, recall |%s%n|---|%s%n",
                row(IntStream.range(0, layers).mapToObj(layer -> "layer " + layer).toList()), "---|".repeat(layers));
        for (String regime : OF_ONE_HEAD) {
            StringBuilder row = new StringBuilder();
            for (int layer = 0; layer < layers; layer++) {
                Embeddings changed = embeddings("layer " + layer + ": " + regime);
                row.append(String.format(" %.3f, %.2f |", quantile(changed.cosines(plain), 0.5), changed.recall(plain)));
            }
            System.out.printf("| %s |%s%n", regime, row);
        }
    }

    private static String row(List<String> cells) {
        return " " + String.join(" | ", cells) + " |";
    }

    private void printHeads(EncoderConfig config) {
        System.out.printf("%n| regime in one head | median head: cosine, recall | worst head | its cosine, recall |%n|---|---|---|---|%n");
        for (String regime : OF_ONE_HEAD) {
            double[] cosines = new double[config.layers() * config.heads()];
            double[] recalls = new double[cosines.length];
            for (int head = 0; head < cosines.length; head++) {
                String place = "layer " + head / config.heads() + " head " + head % config.heads() + ": ";
                Embeddings changed = embeddings(place + regime);
                cosines[head] = quantile(changed.cosines(plain), 0.5);
                recalls[head] = changed.recall(plain);
            }
            int worst = IntStream.range(0, cosines.length).reduce((a, b) -> cosines[a] <= cosines[b] ? a : b).orElseThrow();
            System.out.printf("| %s | %.4f, %.2f | layer %s head %s | %.4f, %.2f |%n", regime, quantile(cosines, 0.5),
                    quantile(recalls, 0.5), worst / config.heads(), worst % config.heads(), cosines[worst], recalls[worst]);
        }
    }

    /** The embeddings with some regimes; sentences are shared by all processors. */
    private Embeddings embeddings(String regimes) {
        try (TextEncoder encoder = TextEncoder.of(model.withRegimes(Regimes.parse(regimes)))) {
            return new Embeddings(sentences.parallelStream().map(encoder::embed).toArray(float[][]::new));
        }
    }

    private static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
