package dev.gatun.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The trained sentence encoder all-MiniLM-L6-v2, opened up: for one text it yields the queries, keys and values of
 * every attention head, with the softmax matrix and the attended values that the model itself computed from them.
 *
 * <p>Random scores are kind to a normalisation; those of a trained model are not. Tests that want to know how an
 * operator fares in earnest take their heads from here, and the model's own softmax is a truth that owes nothing to
 * this library. The model file and its vocabulary come from a jar on the class path: nothing is fetched at run time.
 */
public final class MiniLm implements AutoCloseable {

    /** Attention layers of the model. */
    public static final int LAYERS = 6;

    /** Attention heads of every layer. */
    public static final int HEADS = 12;

    /** Width of one head's queries, keys and values. */
    public static final int DIMENSION = 32;

    /** The longest input that the model has position embeddings for. */
    public static final int MAX_TOKENS = 512;

    /**
     * Long texts are for every {@code n}-th head of a layer, another one in each layer: 1 where a test is asked for by itself and with
     * {@code -Pthorough}, so that it takes all of them.
     */
    public static final int LONG_TEXT_STRIDE = Integer.getInteger("long.text.stride", 1);

    private static final int THREADS = 1;
    private static final String MODEL = "/all-minilm-l6-v2";
    private static final String PROSE = "gatun-lake.txt";

    /** Field 7 of the model message (its graph), as a length-delimited protobuf tag. */
    private static final int GRAPH_OF_MODEL = 7 << 3 | 2;
    /** Field 12 of the graph message (an output), likewise. */
    private static final int OUTPUT_OF_GRAPH = 12 << 3 | 2;
    /** Field 1 of the output message (its name), likewise. */
    private static final int NAME_OF_OUTPUT = 1 << 3 | 2;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final HuggingFaceTokenizer tokenizer;
    private final int layers;
    private final Map<Integer, Heads> runsByTokens = new HashMap<>();

    private MiniLm(OrtEnvironment environment, OrtSession session, HuggingFaceTokenizer tokenizer, int layers) {
        this.layers = layers;
        this.environment = environment;
        this.session = session;
        this.tokenizer = tokenizer;
    }

    /** Loads the model and its vocabulary from the class path: some 90 MB, about a second. */
    public static MiniLm open() {
        return open(MODEL, LAYERS);
    }

    /**
     * Loads a relative of the model, with as many heads a layer and as wide ones.
     *
     * @param name   {@code /NAME}, where NAME.onnx and NAME-tokenizer.json are on the class path
     * @param layers attention layers
     */
    public static MiniLm open(String name, int layers) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try {
            return new MiniLm(environment, openSession(environment, name, layers), openTokenizer(name), layers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OrtException e) {
            throw new IllegalStateException("cannot load " + name, e);
        }
    }

    /** The instance that the tests of a JVM share, opened at the first call. It lives with the JVM: never close it. */
    public static MiniLm shared() {
        return Shared.INSTANCE;
    }

    /**
     * Runs the model on the first {@code tokens} tokens of the built-in prose, [CLS] and [SEP] included. Repeated calls
     * with the same number give the same result without running the model again.
     */
    public synchronized Heads run(int tokens) {
        return runsByTokens.computeIfAbsent(tokens, count -> run(cut(tokenize(prose()), count)));
    }

    /** Runs the model on a text, which must come to at most {@link #MAX_TOKENS} tokens. */
    public Heads run(String text) {
        long[] tokens = tokenize(text);
        if (tokens.length > MAX_TOKENS) {
            throw new IllegalArgumentException(tokens.length + " tokens are more than the model's " + MAX_TOKENS);
        }
        return run(tokens);
    }

    @Override
    public void close() {
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("cannot close the model", e);
        }
    }

    private static OrtSession openSession(OrtEnvironment environment, String name, int layers) throws IOException, OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(THREADS);
            options.setInterOpNumThreads(THREADS);
            return environment.createSession(modelWithInnerOutputs(name, layers), options);
        }
    }

    private static HuggingFaceTokenizer openTokenizer(String name) throws IOException {
        // The library would otherwise report its use to its makers, and its logging complain of having no provider.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        try (InputStream vocabulary = open(name + "-tokenizer.json")) {
            return HuggingFaceTokenizer.newInstance(vocabulary, Map.of("padding", "false", "truncation", "false"));
        }
    }

    /**
     * The model file, made to give out its inner tensors. Protobuf joins the repeated fields of messages that follow
     * each other, so a model file with the bytes of "a model whose graph has the output X" added gives out X.
     */
    private static byte[] modelWithInnerOutputs(String name, int layers) throws IOException {
        ByteArrayOutputStream outputs = new ByteArrayOutputStream();
        for (int layer = 0; layer < layers; layer++) {
            for (Inner tensor : Inner.values()) {
                outputs.writeBytes(modelWithOutput(tensor.nameIn(layer)));
            }
        }
        try (InputStream model = open(name + ".onnx");
                InputStream both = new SequenceInputStream(model, new ByteArrayInputStream(outputs.toByteArray()))) {
            return both.readAllBytes();
        }
    }

    private static byte[] modelWithOutput(String name) {
        byte[] output = field(NAME_OF_OUTPUT, name.getBytes(StandardCharsets.US_ASCII));
        return field(GRAPH_OF_MODEL, field(OUTPUT_OF_GRAPH, output));
    }

    /** One protobuf field: tag, length, content. The content is short enough for a length of one byte. */
    private static byte[] field(int tag, byte[] content) {
        if (content.length > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("a field of " + content.length + " bytes needs a longer length");
        }
        byte[] field = new byte[content.length + 2];
        field[0] = (byte) tag;
        field[1] = (byte) content.length;
        System.arraycopy(content, 0, field, 2, content.length);
        return field;
    }

    private static String prose() {
        try (InputStream prose = open(PROSE)) {
            return new String(prose.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) throws IOException {
        InputStream stream = MiniLm.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new FileNotFoundException(resource + " is not on the class path");
        }
        return stream;
    }

    private long[] tokenize(String text) {
        return tokenizer.encode(text).getIds();
    }

    /** The tokens of a text. */
    List<String> tokens(String text) {
        return List.of(tokenizer.encode(text).getTokens());
    }

    /** Keeps the first tokens and the last one, which is the [SEP] that every input ends with. */
    private static long[] cut(long[] tokens, int count) {
        int most = Math.min(tokens.length, MAX_TOKENS);
        if (count < 2 || count > most) {
            throw new IllegalArgumentException("the built-in text gives 2 to " + most + " tokens, not " + count);
        }
        long[] cut = Arrays.copyOf(tokens, count);
        cut[count - 1] = tokens[tokens.length - 1];
        return cut;
    }

    private Heads run(long[] tokens) {
        try (Inputs inputs = Inputs.of(environment, tokens);
                OrtSession.Result result = session.run(inputs.byName())) {
            return new Heads(result, tokens.length, layers);
        } catch (OrtException e) {
            throw new IllegalStateException("cannot run the model on " + tokens.length + " tokens", e);
        }
    }

    /** Opened when it is first asked for. */
    private static final class Shared {
        static final MiniLm INSTANCE = MiniLm.open();
    }

    /** The tensors inside an attention layer that the model is made to give out. */
    private enum Inner {
        QUERIES("query/Add"),
        KEYS("key/Add"),
        VALUES("value/Add"),
        SOFTMAX("Softmax"),
        ATTENDED("Reshape_3");

        private final String node;

        Inner(String node) {
            this.node = node;
        }

        String nameIn(int layer) {
            return "/encoder/layer." + layer + "/attention/self/" + node + "_output_0";
        }
    }

    /** What one run of the model is fed with: a batch of one text, without padding. */
    private record Inputs(Map<String, OnnxTensor> byName) implements AutoCloseable {

        static Inputs of(OrtEnvironment environment, long[] tokens) throws OrtException {
            long[] attended = new long[tokens.length];
            Arrays.fill(attended, 1);
            return new Inputs(Map.of(
                    "input_ids", OnnxTensor.createTensor(environment, new long[][] {tokens}),
                    "attention_mask", OnnxTensor.createTensor(environment, new long[][] {attended}),
                    "token_type_ids", OnnxTensor.createTensor(environment, new long[][] {new long[tokens.length]})));
        }

        @Override
        public void close() {
            byName.values().forEach(OnnxTensor::close);
        }
    }

    /**
     * Every head of one run. Matrices are row-major and belong to the caller: the softmax is {@code tokens x tokens},
     * all others are {@code tokens x dimension}. Scores are {@code <q, k> / sqrt(dimension)}.
     */
    public static final class Heads {

        private final int tokens;
        private final int layers;
        private final Map<Inner, float[][]> matrices = new EnumMap<>(Inner.class);

        private Heads(OrtSession.Result result, int tokens, int layers) {
            this.tokens = tokens;
            this.layers = layers;
            for (Inner tensor : Inner.values()) {
                matrices.put(tensor, tensor == Inner.SOFTMAX ? readSoftmax(result) : readSideBySide(result, tensor));
            }
        }

        public int layers() {
            return layers;
        }

        public int heads() {
            return HEADS;
        }

        public int tokens() {
            return tokens;
        }

        public int dimension() {
            return DIMENSION;
        }

        public float[] queries(int layer, int head) {
            return matrix(Inner.QUERIES, layer, head);
        }

        public float[] keys(int layer, int head) {
            return matrix(Inner.KEYS, layer, head);
        }

        public float[] values(int layer, int head) {
            return matrix(Inner.VALUES, layer, head);
        }

        /** The attention matrix as the model computed it, in float32. */
        public float[] softmax(int layer, int head) {
            return matrix(Inner.SOFTMAX, layer, head);
        }

        /** The softmax times the values as the model computed it, in float32. */
        public float[] attended(int layer, int head) {
            return matrix(Inner.ATTENDED, layer, head);
        }

        private float[] matrix(Inner tensor, int layer, int head) {
            return matrices.get(tensor)[index(layer, head)].clone();
        }

        /** Takes apart a tensor that holds, in each token's row, the heads of a layer side by side. */
        private float[][] readSideBySide(OrtSession.Result result, Inner tensor) {
            float[][] byHead = new float[layers * HEADS][tokens * DIMENSION];
            for (int layer = 0; layer < layers; layer++) {
                FloatBuffer rows = read(result, tensor, layer);
                for (int token = 0; token < tokens; token++) {
                    for (int head = 0; head < HEADS; head++) {
                        rows.get(byHead[index(layer, head)], token * DIMENSION, DIMENSION);
                    }
                }
            }
            return byHead;
        }

        /** Takes apart the softmax, which holds the heads of a layer one after the other. */
        private float[][] readSoftmax(OrtSession.Result result) {
            float[][] byHead = new float[layers * HEADS][tokens * tokens];
            for (int layer = 0; layer < layers; layer++) {
                FloatBuffer squares = read(result, Inner.SOFTMAX, layer);
                for (int head = 0; head < HEADS; head++) {
                    squares.get(byHead[index(layer, head)]);
                }
            }
            return byHead;
        }

        private static FloatBuffer read(OrtSession.Result result, Inner tensor, int layer) {
            String name = tensor.nameIn(layer);
            OnnxTensor value = (OnnxTensor) result.get(name)
                    .orElseThrow(() -> new IllegalStateException("the model gave no " + name));
            return value.getFloatBuffer();
        }

        private int index(int layer, int head) {
            if (layer < 0 || layer >= layers || head < 0 || head >= HEADS) {
                throw new IndexOutOfBoundsException("no head (" + layer + ", " + head + ")");
            }
            return layer * HEADS + head;
        }
    }
}
