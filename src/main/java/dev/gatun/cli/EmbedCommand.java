package dev.gatun.cli;

import dev.gatun.Matrix;
import dev.gatun.cli.input.EncoderLoading;
import dev.gatun.cli.input.EnumConverter;
import dev.gatun.cli.input.Utf8File;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.output.OutputFiles;
import dev.gatun.cli.output.Progress;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.encoder.TokenizedText;
import dev.gatun.io.NpyOutput;
import dev.gatun.io.NpyType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code embed}: the embeddings of texts by a trained encoder. */
@Command(name = "embed", mixinStandardHelpOptions = true, version = "gatun " + Main.VERSION, sortOptions = false,
        header = "Embed texts by a trained encoder.",
        description = "%nPrints the embeddings as JSON, or writes them to a file as (n, D) in float32.%n")
final class EmbedCommand implements Callable<Integer> {

    /** The tokens of a batch, in largest texts. */
    private static final int TEXTS_OF_BATCH = 8;

    private final Console console;

    @Mixin
    private EncoderLoading loading;

    @Option(names = "--text", paramLabel = "T", description = "A text.")
    private String text;

    @Option(names = "--text-file", paramLabel = "F", description = "A file of UTF-8 that holds a text.")
    private Path file;

    @Option(names = "--lines", paramLabel = "F", description = "A file of UTF-8 with a text in each line.")
    private Path lines;

    @Option(names = "--kind", paramLabel = "KIND", converter = KindConverter.class,
            description = "What a text is to a search: plain (the default), query or passage, with the model's prefix before it.")
    private InputKind kind = InputKind.PLAIN;

    @Option(names = "--truncate", description = "Cut texts that have more tokens than the model takes; otherwise they are refused.")
    private boolean truncate;

    @Option(names = "--out", paramLabel = "E.npy", description = "The embeddings, (n, D) in float32.")
    private Path out;

    EmbedCommand(Console console) {
        this.console = console;
    }

    /** Reads a kind by its label. */
    static final class KindConverter extends EnumConverter<InputKind> {

        KindConverter() {
            super(InputKind.class);
        }
    }

    @Override
    public Integer call() {
        loading.check();
        if (Stream.of(text, file, lines).filter(Objects::nonNull).count() != 1) {
            throw Fault.usage("which text? Give --text, --text-file or --lines, one of them");
        }
        OutputFiles.requireApart(Arrays.asList(out), name(file), name(lines), loading.model());
        List<String> texts = lines != null ? Utf8File.read(lines).lines().toList() : List.of(file != null ? Utf8File.read(file) : text);
        if (texts.isEmpty()) {
            throw Fault.usage("%s: has no lines", lines);
        }
        try (Team team = Team.of(loading.threads()); TextEncoder encoder = loading.open(console, team.workers())) {
            List<TokenizedText> tokens = tokenize(encoder, texts);
            if (out == null) {
                console.out().print(json(encoder, tokens, embed(encoder, tokens)));
            } else {
                write(encoder, embed(encoder, tokens));
            }
        }
        return 0;
    }

    private static String name(Path path) {
        return path == null ? null : path.toString();
    }

    private List<TokenizedText> tokenize(TextEncoder encoder, List<String> texts) {
        List<TokenizedText> all = new ArrayList<>(texts.size());
        String prefix = encoder.model().config().prefix(kind);
        for (int i = 0; i < texts.size(); i++) {
            TokenizedText tokens = truncate ? encoder.tokenizer().tokenize(prefix + texts.get(i), encoder.maxTokens())
                    : encoder.tokenizer().tokenize(prefix + texts.get(i));
            if (tokens.count() > encoder.maxTokens()) {
                throw Fault.usage("%s has %d tokens; the model takes at most %d, and --truncate cuts a text", source(i), tokens.count(),
                        encoder.maxTokens());
            }
            all.add(tokens);
        }
        return all;
    }

    private String source(int index) {
        return text != null ? "--text" : file != null ? file + ": the text"
                : String.format(Locale.ROOT, "%s: line %d", lines, index + 1);
    }

    private float[][] embed(TextEncoder encoder, List<TokenizedText> texts) {
        float[][] rows = new float[texts.size()][];
        TokenBatch batch = new TokenBatch(TEXTS_OF_BATCH * encoder.maxTokens(), texts.size());
        try (Progress progress = console.progress(rows.length, "texts")) {
            int first = 0;
            for (int i = 0; i < rows.length; i++) {
                if (texts.get(i).count() > batch.maxTokens() - batch.tokens()) {
                    System.arraycopy(encoder.embed(batch), 0, rows, first, i - first);
                    batch.clear();
                    first = i;
                    progress.done(i);
                }
                batch.add(texts.get(i));
            }
            System.arraycopy(encoder.embed(batch), 0, rows, first, rows.length - first);
        } catch (IllegalStateException noResult) {
            throw Fault.refused("%s", noResult.getMessage());
        }
        return rows;
    }

    private static JsonWriter json(TextEncoder encoder, List<TokenizedText> tokens, float[][] rows) {
        JsonWriter json = new JsonWriter().beginObject();
        json.name("model").value(encoder.name());
        json.name("dimension").value(encoder.dimension());
        json.name("texts").beginArray();
        for (int i = 0; i < rows.length; i++) {
            json.beginObject();
            json.name("tokens").value(tokens.get(i).count());
            json.name("truncated").value(tokens.get(i).truncated());
            json.name("embedding").value(rows[i]);
            json.end();
        }
        return json.end().end();
    }

    private void write(TextEncoder encoder, float[][] rows) {
        try (NpyOutput output = NpyOutput.create(out, NpyType.FLOAT32, rows.length, encoder.dimension())) {
            Matrix matrix = output.heads().matrix(0);
            for (int i = 0; i < rows.length; i++) {
                long to = matrix.offset() + i * matrix.rowStride() * Float.BYTES;
                MemorySegment.copy(rows[i], 0, matrix.segment(), ValueLayout.JAVA_FLOAT_UNALIGNED, to, rows[i].length);
            }
            output.commit();
        }
    }
}
