package dev.gatun.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Writes the sample that the library carries: six heads of a trained model on one paragraph of {@value #TOKENS} tokens,
 * from easy to harsh. The heads are picked by their {@linkplain HeadFigures figures}, so a second run on the same
 * machine writes the same files, and a run elsewhere differs by the rounding of the model's own arithmetic.
 *
 * <p>It never runs with the tests. To write the sample anew:
 * <pre>{@code mvn -q test-compile surefire:test@default-test -Dtest=SampleExtractor -Dgatun.sample=write}</pre>
 */
class SampleExtractor {

    /** The length of the paragraph, [CLS] and [SEP] included. */
    static final int TOKENS = 64;

    private static final Path SAMPLE = Path.of("src/main/resources/dev/gatun/sample");
    private static final String PARAGRAPH = "paragraph.txt";

    /** Every npy file starts with this much: magic word, version 1.0, and the length of the description. */
    private static final int NPY_PREAMBLE = 10;
    private static final int NPY_ALIGNMENT = 64;

    @Test
    @EnabledIfSystemProperty(named = "gatun.sample", matches = "write")
    void writeSample() throws IOException {
        MiniLm.Heads heads = runParagraph();
        List<HeadFigures> figures = measure(heads);
        List<Pick> picks = pick(figures);
        System.out.print(table(figures, picks));
        Files.createDirectories(SAMPLE);
        writeNpy("q.npy", picks, heads::queries);
        writeNpy("k.npy", picks, heads::keys);
        writeNpy("v.npy", picks, heads::values);
        Files.write(SAMPLE.resolve("tokens.txt"), tokens());
        Files.writeString(SAMPLE.resolve("NOTICE.txt"), notice(picks));
    }

    /** Why a head is in the sample. Reasons choose in this order, each among the heads that the earlier ones left. */
    enum Reason {
        SLOWEST("plain Sinkhorn is slowest on it", Comparator.comparingInt(HeadFigures::iterations)),
        SLOW("plain Sinkhorn is slowest on it of the heads left", Comparator.comparingInt(HeadFigures::iterations)),
        WIDEST("largest range of scores of the heads left", Comparator.comparingDouble(HeadFigures::scoreRange)),
        NEGATIVE("largest share of negative d_ij", Comparator.comparingDouble(HeadFigures::negativeShare)),
        EASIEST("plain Sinkhorn is fastest on it of the heads left",
                Comparator.comparingInt(HeadFigures::iterations).reversed()),
        EASY("plain Sinkhorn is fastest on it of the heads left",
                Comparator.comparingInt(HeadFigures::iterations).reversed());

        private final String words;
        private final Comparator<HeadFigures> preference;

        Reason(String words, Comparator<HeadFigures> preference) {
            this.words = words;
            this.preference = preference;
        }

        /** The preferred head, the first one of the model among equals. */
        HeadFigures choose(List<HeadFigures> left) {
            return left.stream()
                    .reduce((best, next) -> preference.compare(next, best) > 0 ? next : best)
                    .orElseThrow();
        }
    }

    /** A head of the sample and the reason that chose it. */
    record Pick(Reason reason, HeadFigures figures) {
    }

    static MiniLm.Heads runParagraph() {
        MiniLm.Heads heads = MiniLm.shared().run(paragraph());
        if (heads.tokens() != TOKENS) {
            throw new IllegalStateException("the paragraph has " + heads.tokens() + " tokens, not " + TOKENS);
        }
        return heads;
    }

    static List<HeadFigures> measure(MiniLm.Heads heads) {
        return IntStream.range(0, heads.layers() * heads.heads())
                .mapToObj(index -> HeadFigures.of(heads, index / heads.heads(), index % heads.heads()))
                .toList();
    }

    /** The heads of the sample in the order of its files: the harshest, which choose first, come last. */
    static List<Pick> pick(List<HeadFigures> figures) {
        List<HeadFigures> left = new ArrayList<>(figures);
        List<Pick> picks = new ArrayList<>();
        for (Reason reason : Reason.values()) {
            HeadFigures chosen = reason.choose(left);
            left.remove(chosen);
            picks.add(new Pick(reason, chosen));
        }
        return picks.reversed();
    }

    /** The tokens of the paragraph. */
    static List<String> tokens() {
        return MiniLm.shared().tokens(paragraph());
    }

    private static String paragraph() {
        try (InputStream paragraph = SampleExtractor.class.getResourceAsStream(PARAGRAPH)) {
            return new String(paragraph.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table(List<HeadFigures> figures, List<Pick> picks) {
        return figures.stream()
                .map(head -> row(head) + picks.stream()
                        .filter(pick -> pick.figures().equals(head))
                        .map(pick -> "  " + pick.reason())
                        .collect(Collectors.joining()))
                .collect(Collectors.joining("\n", heading(), "\n"));
    }

    private static String heading() {
        return "layer  head  range of s  negative d  iterations  row error left\n";
    }

    private static String row(HeadFigures head) {
        return String.format(Locale.ROOT, "%5d %5d %11.1f %10.1f%% %11d %15.1e", head.layer(), head.head(),
                head.scoreRange(), 100 * head.negativeShare(), head.iterations(), head.marginalError());
    }

    private static String notice(List<Pick> picks) {
        return """
                q.npy, k.npy and v.npy hold queries, keys and values of shape (6, 64, 32): six attention heads of the
                model sentence-transformers/all-MiniLM-L6-v2 (licence: Apache-2.0,
                https://www.apache.org/licenses/LICENSE-2.0), as it computed them for the %d tokens of this paragraph,
                which was written for the purpose:

                %s
                The heads, in the order of the files, with layers and heads counted from 0; "range of s" is the largest
                score less the smallest, "negative d" the share of token pairs with d_ij < 0, "iterations" what plain
                log-domain Sinkhorn of s takes in float64 until every row and column sum is within %.0e of 1 (it stops
                at %d), "row error left" the largest |row sum - 1| after them:

                %s
                Chosen for, from the last head to the first, each among the heads then left:

                %s""".formatted(
                TOKENS,
                paragraph().indent(4),
                HeadFigures.TOLERANCE,
                HeadFigures.MAX_ITERATIONS,
                picks.stream().map(pick -> row(pick.figures()) + "\n").collect(Collectors.joining("", heading(), ""))
                        .indent(4),
                picks.reversed().stream().map(SampleExtractor::explain).collect(Collectors.joining()).indent(4));
    }

    private static String explain(Pick pick) {
        return "layer " + pick.figures().layer() + " head " + pick.figures().head() + ": " + pick.reason().words + "\n";
    }

    /** Gives one matrix of a head. */
    private interface Part {
        float[] of(int layer, int head);
    }

    private static void writeNpy(String file, List<Pick> picks, Part part) throws IOException {
        byte[] description = description(picks.size());
        int elements = picks.size() * TOKENS * MiniLm.DIMENSION;
        ByteBuffer bytes = ByteBuffer.allocate(NPY_PREAMBLE + description.length + elements * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0);
        bytes.putShort((short) description.length).put(description);
        for (Pick pick : picks) {
            for (float element : part.of(pick.figures().layer(), pick.figures().head())) {
                bytes.putFloat(element);
            }
        }
        Files.write(SAMPLE.resolve(file), bytes.array());
    }

    /** The description of the array, padded so that the elements start at a multiple of the alignment. */
    private static byte[] description(int heads) {
        String words = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d), }"
                .formatted(heads, TOKENS, MiniLm.DIMENSION);
        int unpadded = NPY_PREAMBLE + words.length() + 1;
        int padding = -unpadded & NPY_ALIGNMENT - 1;
        return (words + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
