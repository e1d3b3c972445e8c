package dev.gatun.bench;

import dev.gatun.internal.weights.EncoderSizes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * TorchScript modules without parameters: the bytes of an archive, a zip file of one class in source and of a pickled
 * instance.
 */
final class TorchScript {

    private static final String FRAME = """
            class Computation(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def forward(self: __torch__.Computation, %s) -> Tensor:
            """;

    private static final String OF_HEADS = "q: Tensor, k: Tensor, v: Tensor";
    private static final String OF_TOKENS = "tokens: Tensor, hidden: Tensor, weights: List[Tensor]";

    /** The sum of the vectors of tokens and of places, normalised. */
    private static final String EMBEDDINGS = """
                x = torch.add(torch.embedding(weights[0], tokens), weights[1])
                x = torch.layer_norm(x, [%d], weights[2], weights[3], %s)
            """;

    /** Queries, keys and values by one product. */
    private static final String LAYER = """
                p = torch.linear(x, weights[%1$d], weights[%1$d + 1])
                p = torch.permute(torch.reshape(p, [%2$d, %3$d, 3, %4$d, %5$d]), [2, 0, 3, 1, 4])
                q = torch.select(p, 0, 0)
                k = torch.select(p, 0, 1)
                v = torch.select(p, 0, 2)
                a = torch.transpose(torch.scaled_dot_product_attention(q, k, v%6$s), 1, 2)
                a = torch.linear(torch.reshape(a, [%2$d, %3$d, %4$d * %5$d]), weights[%1$d + 2], weights[%1$d + 3])
                x = torch.layer_norm(torch.add(x, a), [%4$d * %5$d], weights[%1$d + 4], weights[%1$d + 5], %7$s)
                m = torch.gelu(torch.linear(x, weights[%1$d + 6], weights[%1$d + 7]))
                m = torch.linear(m, weights[%1$d + 8], weights[%1$d + 9])
                x = torch.layer_norm(torch.add(x, m), [%4$d * %5$d], weights[%1$d + 10], weights[%1$d + 11], %7$s)
            """;

    /** The tensors of {@link #EMBEDDINGS} and of a {@link #LAYER}. */
    static final int EMBEDDING_TENSORS = 4;
    static final int LAYER_TENSORS = 12;

    private static final String ATTENTION = """
                return torch.scaled_dot_product_attention(q, k, v)
            """;

    private static final String SINKHORN_LOG = """
                z = torch.mul(torch.matmul(q, torch.t(k)), %s)
                b = v
                for _0 in range(%d):
                  a = torch.neg(torch.logsumexp(torch.add(z, b), [1], True))
                  b0 = torch.neg(torch.logsumexp(torch.add(z, a), [0], True))
                  b = b0
                return b
            """;

    private static final String SINKHORN_EXP = """
                z = torch.exp(torch.mul(torch.matmul(q, torch.t(k)), %s))
                b = torch.reshape(torch.exp(v), [-1])
                for _0 in range(%d):
                  a = torch.reciprocal(torch.mv(z, b))
                  b0 = torch.reciprocal(torch.mv(torch.t(z), a))
                  b = b0
                return torch.log(b)
            """;

    /** Protocol 2; an instance of {@code __torch__.Computation} that is built with {@code {"training": False}}. */
    private static final String INSTANCE = "\u0080\u0002" + "c__torch__\nComputation\n" + ")\u0081" + "}"
            + "X\u0008\u0000\u0000\u0000training" + "\u0089" + "sb.";

    /** Protocol 2; the empty tuple. */
    private static final String NO_CONSTANTS = "\u0080\u0002" + ").";

    private TorchScript() {
    }

    /** Scaled dot-product attention. */
    static byte[] attention() {
        return archive(OF_HEADS, ATTENTION);
    }

    /** Sinkhorn's iterations on logarithms: the column potentials that they end with. */
    static byte[] sinkhornOfLogarithms() {
        return archive(OF_HEADS, SINKHORN_LOG.formatted(SinkhornInputs.SCALE, SinkhornInputs.ITERATIONS));
    }

    /** Sinkhorn's iterations on exponentials, which overflow on scores of several hundred. */
    static byte[] sinkhornOfExponentials() {
        return archive(OF_HEADS, SINKHORN_EXP.formatted(SinkhornInputs.SCALE, SinkhornInputs.ITERATIONS));
    }

    /**
     * The hidden states of a trained encoder.
     *
     * @param texts  the texts of a batch
     * @param tokens the tokens of each, padded
     * @param padded whether the argument {@code hidden} is added to the scores; otherwise it has no effect
     */
    static byte[] encoder(EncoderSizes sizes, int texts, int tokens, boolean padded) {
        StringBuilder body = new StringBuilder(EMBEDDINGS.formatted(sizes.hidden(), sizes.epsilon()));
        for (int layer = 0; layer < sizes.layers(); layer++) {
            body.append(LAYER.formatted(EMBEDDING_TENSORS + layer * LAYER_TENSORS, texts, tokens, sizes.heads(),
                    sizes.hidden() / sizes.heads(), padded ? ", hidden" : "", sizes.epsilon()));
        }
        return archive(OF_TOKENS, body.append("    return x\n").toString());
    }

    private static byte[] archive(String arguments, String body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "computation/version", "3\n");
            store(zip, "computation/data.pkl", INSTANCE);
            store(zip, "computation/code/__torch__.py", FRAME.formatted(arguments) + body);
            store(zip, "computation/constants.pkl", NO_CONSTANTS);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return bytes.toByteArray();
    }

    /** Adds a file as it is, one byte a character: libtorch reads no compressed ones. */
    private static void store(ZipOutputStream zip, String name, String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 checksum = new CRC32();
        checksum.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
