package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class TensorFileExceptionTest {

    @Test
    void saysWhatFailed() {
        assertMessage("no such file", new NoSuchFileException("x"));
        assertMessage("cannot be read: permission denied", new AccessDeniedException("x"));
        assertMessage("cannot be read: the disk is gone", new FileSystemException("x", null, "the disk is gone"));
        assertMessage("cannot be read: elsewhere", new FileSystemException("elsewhere"));
        assertMessage("cannot be read: broken pipe", new IOException("broken pipe"));
        assertMessage("cannot be read: IOException", new IOException());
    }

    private static void assertMessage(String fault, IOException cause) {
        TensorFileException failure = TensorFileException.of(Path.of("x.npy"), "read", cause);
        assertEquals("x.npy: " + fault, failure.getMessage());
        assertEquals(cause, failure.getCause());
    }
}
