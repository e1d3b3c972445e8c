package dev.gatun.bench;

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
              def forward(self: __torch__.Computation, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            """;

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
        return archive(ATTENTION);
    }

    /** Sinkhorn's iterations on logarithms: the column potentials that they end with. */
    static byte[] sinkhornOfLogarithms() {
        return archive(SINKHORN_LOG.formatted(SinkhornInputs.SCALE, SinkhornInputs.ITERATIONS));
    }

    /** Sinkhorn's iterations on exponentials, which overflow on scores of several hundred. */
    static byte[] sinkhornOfExponentials() {
        return archive(SINKHORN_EXP.formatted(SinkhornInputs.SCALE, SinkhornInputs.ITERATIONS));
    }

    private static byte[] archive(String body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "computation/version", "3\n");
            store(zip, "computation/data.pkl", INSTANCE);
            store(zip, "computation/code/__torch__.py", FRAME + body);
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
