package dev.gatun.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The few JSON forms of which a safetensors header is made. */
final class JsonText extends HeaderText {

    JsonText(InputFile file, byte[] bytes, long start) {
        super(file, bytes, start);
    }

    /** A string: UTF-8 without malformed sequences, escapes resolved, surrogates in pairs. */
    String string() {
        expect('"');
        StringBuilder text = new StringBuilder();
        while (peek() != '"') {
            if (peek() == '\\') {
                take();
                text.append(escaped());
            } else {
                text.append(plain());
            }
        }
        take();
        String string = text.toString();
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(string)) {
            throw malformed("paired surrogates in the string before");
        }
        return string;
    }

    private String plain() {
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        while (peek() != '"' && peek() != '\\') {
            if (peek() < ' ') {
                throw malformed("the rest of a string");
            }
            run.write(take());
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run.toByteArray())).toString();
        } catch (CharacterCodingException invalid) {
            throw malformed("UTF-8 in the string before");
        }
    }

    private char escaped() {
        int letter = take();
        return switch (letter) {
            case '"', '\\', '/' -> (char) letter;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> codeUnit();
            default -> throw malformed("an escape before");
        };
    }

    private char codeUnit() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0 || peek() > 'f') {
                throw malformed("four hexadecimal digits");
            }
            take();
            unit = 16 * unit + digit;
        }
        return (char) unit;
    }

    /** An array of sizes; {@code name} is what one is, with its article, for messages. */
    long[] sizes(String name) {
        expect('[');
        long[] sizes = new long[4];
        int count = 0;
        if (accept(']')) {
            return new long[0];
        }
        do {
            sizes = count < sizes.length ? sizes : Arrays.copyOf(sizes, 2 * count);
            sizes[count++] = size(name);
        } while (accept(','));
        expect(']');
        return Arrays.copyOf(sizes, count);
    }
}
