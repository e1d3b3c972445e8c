package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Allocation;
import dev.gatun.internal.tokenizer.TokenBuffer;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A warm tokenizer leaves nothing on the heap. */
@Tag("allocation")
class TokenizerAllocationTest {

    private static final String MODEL = "/all-minilm-l6-v2-tokenizer.json";

    @Test
    void textsOfManyScripts() throws IOException {
        String[] texts = {"Which canal crosses the isthmus, and unbelievably so?", "[CLS] Gat\u00fan [MASK] x[SEP]",
                "\u4e2d\u6587 \ud55c\uad6d\uc5b4 \ud83d\ude00 e\u0301\u0327 \u05d0\u05b8 \ud83a\udd22\ud83a\udd44", "a".repeat(200) + " " + "b7".repeat(40), ""};
        try (InputStream in = TokenizerAllocationTest.class.getResourceAsStream(MODEL)) {
            Tokenizer tokenizer = Tokenizer.load(in, MODEL);
            TokenBuffer buffer = new TokenBuffer();
            Allocation.assertSettlesAtNothing(call -> {
                buffer.clear();
                for (String text : texts) {
                    tokenizer.append(text, 128, buffer);
                }
            });
            assertTrue(buffer.count() > 100);
        }
    }
}
