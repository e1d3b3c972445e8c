package dev.gatun.io;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Thrown if a file of tensors, or a file of a trained model such as its config or tokenizer, cannot be read or written or is not what it
 * must be. The message is one printable line, {@code file: fault}; the cause, if any, is the failure of I/O or memory.
 */
public final class TensorFileException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * A fault without a cause.
     *
     * @param file  the file, as the caller names it
     * @param fault a clause such as {@code "no such file"}
     */
    public TensorFileException(String file, String fault) {
        this(file, fault, null);
    }

    /**
     * A fault with a cause.
     *
     * @param file  the file, as the caller names it
     * @param fault a clause such as {@code "no such file"}
     * @param cause the failure, or {@code null}
     */
    public TensorFileException(String file, String fault, Throwable cause) {
        super(printable((file.isEmpty() ? "(no file)" : file) + ": " + fault), cause);
    }

    /** The fault of an I/O operation on {@code path}; {@code action} completes "cannot be". */
    static TensorFileException of(Path path, String action, IOException cause) {
        String fault = switch (cause) {
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "cannot be " + action + ": permission denied";
            case ClosedByInterruptException interrupted -> "cannot be " + action + ": the thread was interrupted";
            case FileSystemException system when system.getReason() != null ->
                    "cannot be " + action + ": " + system.getReason();
            default -> "cannot be " + action + ": "
                    + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
        };
        return new TensorFileException(path.toString(), fault, cause);
    }

    /** Escapes whatever could break the line or control a terminal: names and header texts are not trusted. */
    private static String printable(String message) {
        StringBuilder line = new StringBuilder(message.length());
        message.codePoints().forEach(character -> {
            switch (Character.getType(character)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                     Character.PARAGRAPH_SEPARATOR -> escape(character, line);
                default -> line.appendCodePoint(character);
            }
        });
        return line.toString();
    }

    /** Appends four hexadecimal digits or more. A formatter would be slow for a message of nothing but escapes. */
    private static void escape(int character, StringBuilder line) {
        String digits = Integer.toHexString(character);
        line.append("\\u").repeat('0', Math.max(0, 4 - digits.length())).append(digits);
    }
}
