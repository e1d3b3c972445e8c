package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.io.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;

/** A file of any bytes that is opened as an encoder, or beside one, and read whole, under the rules of a {@link Watch}. */
final class WatchedEncoder implements AutoCloseable {

    private final Path opened;
    private final FileChannel channel;
    private final Watch watch;

    /**
     * @param path   the file that changes
     * @param opened the model that it is or belongs to
     */
    WatchedEncoder(Path path, Path opened) {
        this.opened = opened;
        this.watch = new Watch(path, path.resolveSibling("model.safetensors"));
        try {
            this.channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    Watch watch() {
        return watch;
    }

    /**
     * Opens the model with {@code bytes} as the file's content.
     *
     * @param beside bytes of the model's other files
     */
    void open(byte[] bytes, long beside) {
        write(bytes);
        long mappings = watch.mappings();
        Optional<EncoderSizes> sizes = watch.read(bytes.length + beside, this::read);
        watch.requireMappings(mappings);
        sizes.ifPresent(found -> {
            assertTrue(found.layers() > 0 && found.heads() > 0 && found.hidden() % found.heads() == 0, found::toString);
            assertTrue(found.vocabulary() > 0 && found.positions() > 0 && found.intermediate() > 0, found::toString);
        });
    }

    private EncoderSizes read() {
        try (EncoderFile file = EncoderFile.open(opened)) {
            EncoderSizes sizes = file.sizes();
            Map<String, float[]> tensors = TensorsByRole.of(file);
            assertEquals(5 + 16 * sizes.layers(), tensors.size());
            assertEquals(sizes.vocabulary() * sizes.hidden(), tensors.get("word").length);
            file.form();
            file.name();
            file.tokenizer();
            return sizes;
        }
    }

    private void write(byte[] bytes) {
        try {
            channel.truncate(bytes.length);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer, buffer.position());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
