package dev.gatun.server;

import dev.gatun.ElementType;
import dev.gatun.encoder.EmbeddingVectors;
import dev.gatun.encoder.EncoderConfig;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.encoder.TokenizedText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An encoder of the library behind a server. Its embeddings, once normalised, are those of the encoder bit for bit. */
final class ServedTextEncoder implements ServedEncoder {

    private final String name;
    private final TextEncoder encoder;
    private final EncoderConfig config;
    private final Map<String, String> prompts;

    ServedTextEncoder(TextEncoder encoder, String name) {
        this.name = name;
        this.encoder = TextEncoder.of(encoder.model().withNormalisation(false));
        this.config = encoder.model().config();
        Map<String, String> prefixes = new LinkedHashMap<>();
        for (InputKind kind : List.of(InputKind.QUERY, InputKind.PASSAGE)) {
            if (!config.prefix(kind).isEmpty()) {
                prefixes.put(kind.name().toLowerCase(Locale.ROOT), config.prefix(kind));
            }
        }
        this.prompts = Map.copyOf(prefixes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String pooling() {
        return config.pooling().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String weights() {
        return encoder.model().weightType() == ElementType.BFLOAT16 ? "bfloat16" : "float32";
    }

    @Override
    public int dimension() {
        return encoder.dimension();
    }

    @Override
    public int maxTokens() {
        return encoder.maxTokens();
    }

    @Override
    public int vocabulary() {
        return config.vocabulary();
    }

    @Override
    public Map<String, String> prompts() {
        return prompts;
    }

    @Override
    public int[] encode(String text) {
        return encoder.tokenizer().tokenize(text).ids();
    }

    @Override
    public List<ServedToken> tokenize(String text) {
        TokenizedText tokens = encoder.tokenizer().tokenize(text);
        List<ServedToken> list = new ArrayList<>(tokens.count());
        for (int i = 0; i < tokens.count(); i++) {
            // A special token around the text has no length there.
            boolean special = tokens.begin(i) == tokens.end(i);
            list.add(new ServedToken(tokens.id(i), tokens.token(i), special, tokens.begin(i), tokens.end(i)));
        }
        return list;
    }

    @Override
    public float[][] embed(int[] ids, int[] offsets) {
        TokenBatch batch = new TokenBatch(ids.length, offsets.length - 1);
        for (int i = 0; i + 1 < offsets.length; i++) {
            batch.add(ids, offsets[i], offsets[i + 1] - offsets[i]);
        }
        return encoder.embed(batch);
    }

    @Override
    public void normalise(float[] row) {
        EmbeddingVectors.normalise(row);
    }
}
