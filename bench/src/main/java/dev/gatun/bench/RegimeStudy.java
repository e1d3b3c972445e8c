package dev.gatun.bench;

import dev.gatun.encoder.EncoderConfig;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TextEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What becomes of a trained encoder when other operators take the place of attention: the cosine of each sentence's embedding to that of
 * the plain model, and the recall of its ten nearest neighbours among all sentences.
 *
 * <pre>
 * java -cp bench/target/benchmarks.jar dev.gatun.bench.RegimeStudy MODEL SENTENCES all,layers,heads FILE|FOLDER...
 * </pre>
 *
 * The tables are in Markdown, and any of the three words may be left out: regimes and circulation from 0 to 2 in all heads; some regimes in
 * one layer; the same in one head, the neighbours kept for each head and the quartiles of all.
 */
public final class RegimeStudy {

    private static final List<String> REGIMES = List.of("bistochastic", "bistochastic-backward", "bistochastic-diffusion", "diffusion",
            "diffusion alpha 1", "backward", "attention-column", "attention beta 0.5", "attention beta 2");
    private static final List<String> CIRCULATIONS = List.of("0", "0.25", "0.5", "0.8", "0.9", "1.1", "1.2", "1.5", "1.75", "2");
    private static final List<String> OF_ONE_PLACE = List.of("bistochastic", "diffusion", "backward", "circulation 0", "circulation 2");

    /** Texts of a batch, whose tokens share the reading of the weights. */
    private static final int BATCH = 50;

    private final EncoderModel model;
    private final List<List<String>> batches;
    private final Embeddings plain;

    private RegimeStudy(EncoderModel model, List<String> sentences) {
        this.model = model;
        this.batches = IntStream.range(0, (sentences.size() + BATCH - 1) / BATCH)
                .mapToObj(b -> sentences.subList(b * BATCH, Math.min((b + 1) * BATCH, sentences.size()))).toList();
        this.plain = embeddings("");
    }

    /**
     * Prints the tables.
     *
     * @param arguments the model, the number of sentences, the tables, and where texts are
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT);
        List<Path> places = Arrays.stream(arguments).skip(3).map(Path::of).toList();
        Sentences sentences = Sentences.of(places, Integer.parseInt(arguments[1]));
        EncoderModel model = EncoderModel.load(Path.of(arguments[0]));
        System.out.printf("%s, %s of %s sentences%n", model, sentences.chosen().size(), sentences.found());
        RegimeStudy study = new RegimeStudy(model, sentences.chosen());
        for (String table : arguments[2].split(",")) {
            switch (table) {
                case "all" -> study.printAll();
                case "layers" -> study.printLayers();
                case "heads" -> study.printHeads();
                default -> throw new IllegalArgumentException(table + " is no table; expected all, layers or heads");
            }
        }
    }

    private void printAll() {
        printAll("regime in all heads", REGIMES);
        printAll("circulation in all heads", CIRCULATIONS.stream().map(c -> "circulation " + c).toList());
    }

    private void printAll(String title, List<String> regimes) {
        System.out.printf("%n| %s | median cosine | tenth percentile | neighbours kept |%n|---|---|---|---|%n", title);
        for (String regime : regimes) {
            Embeddings changed = embeddings(regime);
            double[] cosines = changed.cosines(plain);
            System.out.printf("| %s | %.3f | %.3f | %s |%n", regime, quantile(cosines, 0.5), quantile(cosines, 0.1),
                    percent(changed.recall(plain)));
        }
    }

    private void printLayers() {
        int layers = model.config().layers();
        System.out.printf("%n| in one layer: median cosine, neighbours kept |%s%n|---|%s%n",
                row(IntStream.range(0, layers).mapToObj(layer -> "layer " + layer)), "---|".repeat(layers));
        for (String regime : OF_ONE_PLACE) {
            System.out.printf("| %s |%s%n", regime, row(IntStream.range(0, layers).mapToObj(layer -> {
                Embeddings changed = embeddings("layer " + layer + ": " + regime);
                return "%.3f, %s".formatted(quantile(changed.cosines(plain), 0.5), percent(changed.recall(plain)));
            })));
        }
    }

    /** A table of all heads for each regime, and their quartiles. */
    private void printHeads() {
        StringBuilder quartiles = new StringBuilder();
        for (String regime : OF_ONE_PLACE) {
            List<OneHead> heads = heads(regime);
            printGrid(regime, heads);
            List<OneHead> sorted = heads.stream().sorted(Comparator.comparingDouble(OneHead::recall)).toList();
            quartiles.append("| %s |%s%n".formatted(regime, row(DoubleStream.of(0, 0.25, 0.5, 0.75, 1)
                    .mapToObj(share -> sorted.get((int) Math.round(share * (sorted.size() - 1))).toString()))));
        }
        System.out.printf("%n| in one head: neighbours kept (median cosine), head | least | quartile | median | quartile | most |%n%s%n%s",
                "|---|---|---|---|---|---|", quartiles);
    }

    /** Each head alone, as a line of progress as well: there are many. */
    private List<OneHead> heads(String regime) {
        EncoderConfig config = model.config();
        List<OneHead> heads = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (int head = 0; head < config.heads(); head++) {
                Embeddings changed = embeddings("layer %s head %s: %s".formatted(layer, head, regime));
                OneHead one = new OneHead(layer, head, quantile(changed.cosines(plain), 0.5), changed.recall(plain));
                System.err.printf("%s: %s%n", regime, one);
                heads.add(one);
            }
        }
        return heads;
    }

    /** A line for each layer, the percentage of neighbours kept for each head. */
    private void printGrid(String regime, List<OneHead> heads) {
        int columns = model.config().heads();
        System.out.printf("%n| %s in one head: neighbours kept |%s%n|---|%s%n", regime,
                row(IntStream.range(0, columns).mapToObj(head -> "head " + head)), "---|".repeat(columns));
        for (int from = 0; from < heads.size(); from += columns) {
            System.out.printf("| layer %s |%s%n", heads.get(from).layer(),
                    row(heads.subList(from, from + columns).stream().map(head -> percent(head.recall()))));
        }
    }

    private static String row(Stream<String> cells) {
        return cells.collect(Collectors.joining(" | ", " ", " |"));
    }

    private static String percent(double share) {
        return "%.0f%%".formatted(100 * share);
    }

    /** The embeddings with some regimes; batches are shared by all processors. */
    private Embeddings embeddings(String regimes) {
        try (TextEncoder encoder = TextEncoder.of(model.withRegimes(Regimes.parse(regimes)))) {
            return new Embeddings(batches.parallelStream().map(encoder::embed).flatMap(Arrays::stream).toArray(float[][]::new));
        }
    }

    private static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }

    /** What another operator in one head leaves: the median cosine, and the share of neighbours kept. */
    private record OneHead(int layer, int head, double cosine, double recall) {

        @Override
        public String toString() {
            return "%.1f%% (%.4f), %s.%s".formatted(100 * recall, cosine, layer, head);
        }
    }
}
