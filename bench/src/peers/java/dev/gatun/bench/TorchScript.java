package dev.gatun.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module without parameters whose {@code forward} is scaled dot-product attention: the bytes of its
 * archive, a zip file of one class in source and of a pickled instance.
 */
final class TorchScript {

    private static final String CODE = """
            class Attention(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def forward(self: __torch__.Attention, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                return torch.scaled_dot_product_attention(q, k, v)
            """;

    /** Protocol 2; an instance of {@code __torch__.Attention} that is built with {@code {"training": False}}. */
    private static final String INSTANCE = "\u0080\u0002" + "c__torch__\nAttention\n" + ")\u0081" + "}"
            + "X\u0008\u0000\u0000\u0000training" + "\u0089" + "sb.";

    /** Protocol 2; the empty tuple. */
    private static final String NO_CONSTANTS = "\u0080\u0002" + ").";

    private TorchScript() {
    }

    /** The archive. */
    static byte[] attention() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "attention/version", "3\n");
            store(zip, "attention/data.pkl", INSTANCE);
            store(zip, "attention/code/__torch__.py", CODE);
            store(zip, "attention/constants.pkl", NO_CONSTANTS);
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
