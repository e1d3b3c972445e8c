package dev.gatun.bench;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.gatun.internal.tokenizer.TokenBuffer;
import dev.gatun.internal.tokenizer.TokenizerFile;
import dev.gatun.internal.tokenizer.WordPieceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The tokenizer of all-MiniLM-L6-v2, ours and the one that the model is published with, on {@value #CHARACTERS} characters in texts of
 * 400: English prose (a licence of the JDK), or names of languages in these languages. Times are of one character. Ids are compared first.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class TokenizerPeersBench {

    private static final int CHARACTERS = 20_000;
    private static final int TEXT = 400;

    private static final String MODEL = "/all-minilm-l6-v2-tokenizer.json";

    /** What texts are made of. */
    @Param({"english", "languages"})
    String texts;

    /** Whose tokenizer. */
    @Param({"gatun", "huggingface"})
    String provider;

    private final String[] parts = new String[CHARACTERS / TEXT];
    private final TokenBuffer tokens = new TokenBuffer();
    private WordPieceTokenizer ours;
    private HuggingFaceTokenizer peer;

    /** Reads the tokenizers, and compares them. */
    @Setup
    public void open() throws IOException {
        System.setProperty("ai.djl.offline", "true");
        byte[] json;
        try (InputStream in = TokenizerPeersBench.class.getResourceAsStream(MODEL)) {
            json = in.readAllBytes();
        }
        ours = TokenizerFile.read(new ByteArrayInputStream(json), MODEL);
        peer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), Map.of("padding", "false", "truncation", "false"));
        String text = texts.equals("english") ? english() : languages();
        for (int i = 0, at = 0; i < parts.length; i++) {
            int end = text.offsetByCodePoints(at, TEXT);
            parts[i] = text.substring(at, end);
            at = end;
            tokens.clear();
            ours.append(parts[i], Integer.MAX_VALUE, tokens);
            long[] ids = Arrays.stream(tokens.ids(), 0, tokens.count()).asLongStream().toArray();
            if (!Arrays.equals(ids, peer.encode(parts[i], true, false).getIds())) {
                throw new IllegalStateException("tokens differ: " + parts[i]);
            }
        }
    }

    private static String english() throws IOException {
        return Files.readString(Path.of(System.getProperty("java.home"), "legal", "java.base", "LICENSE")).repeat(2);
    }

    private static String languages() {
        StringBuilder names = new StringBuilder();
        for (String tag : new TreeSet<>(Arrays.stream(Locale.getAvailableLocales()).map(Locale::toLanguageTag).toList())) {
            Locale locale = Locale.forLanguageTag(tag);
            names.append(locale.getDisplayName(locale)).append(", ");
        }
        return names.toString().repeat(2);
    }

    /** Closes the peer. */
    @TearDown
    public void close() {
        peer.close();
    }

    /** All texts; the time of one character. */
    @Benchmark
    @OperationsPerInvocation(CHARACTERS)
    public long tokenize() {
        long sum = 0;
        for (String text : parts) {
            if (provider.equals("gatun")) {
                tokens.clear();
                ours.append(text, Integer.MAX_VALUE, tokens);
                sum += tokens.count();
            } else {
                Encoding encoding = peer.encode(text, true, false);
                sum += encoding.getIds().length;
            }
        }
        return sum;
    }
}
