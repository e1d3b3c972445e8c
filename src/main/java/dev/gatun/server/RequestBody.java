package dev.gatun.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.gatun.server.Refusal.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads the JSON object of a request, member by member. */
final class RequestBody {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_CHARS = 64;
    private static final int MAX_NAME_CHARS = 1024;

    /** Strings are as long as the body at most, which has its own limit. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNumberLength(MAX_NUMBER_CHARS)
                    .maxNameLength(MAX_NAME_CHARS).maxStringLength(Integer.MAX_VALUE).build())
            .build();

    private final JsonParser parser;
    private final int maxTexts;
    private String name;

    private RequestBody(JsonParser parser, int maxTexts) {
        this.parser = parser;
        this.maxTexts = maxTexts;
    }

    /** Takes the members of an object, one after the other, by the methods of the body that read a value. */
    interface Members {

        /** Reads the value of one member, or returns false without reading it. */
        boolean read(String name, RequestBody body) throws IOException;
    }

    /**
     * Reads all members of the object that a body consists of. Values that are null count as absent.
     *
     * @param maxTexts the largest number of texts of an array
     * @throws Refusal if the body is not one JSON object, or a value is not of its member's type
     */
    static void read(byte[] bytes, int maxTexts, Members members) {
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            RequestBody body = new RequestBody(parser, maxTexts);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Refusal(parser.currentToken() == null ? Reason.MALFORMED : Reason.INVALID, "the body must be a JSON object");
            }
            body.members(members);
            if (parser.nextToken() != null) {
                throw new Refusal(Reason.MALFORMED, "the body must end after the JSON object");
            }
        } catch (StreamConstraintsException large) {
            throw new Refusal(Reason.MALFORMED, String.format(Locale.ROOT, "the body has more than %s levels, %s characters of a name or"
                    + " %s of a number", MAX_DEPTH, MAX_NAME_CHARS, MAX_NUMBER_CHARS));
        } catch (JsonProcessingException malformed) {
            throw new Refusal(Reason.MALFORMED, "the body is not valid JSON: " + malformed.getOriginalMessage());
        } catch (IOException impossible) {
            throw new Refusal(Reason.MALFORMED, "the body is not valid JSON: " + impossible.getMessage());
        }
    }

    /** Of a member that comes twice neither value is the right one. */
    private void members(Members members) throws IOException {
        Set<String> known = new HashSet<>();
        for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
            String outer = name;
            name = outer == null ? member : outer + "." + member;
            boolean given = parser.nextToken() != JsonToken.VALUE_NULL;
            if (given && !members.read(member, this)) {
                parser.skipChildren();
            } else if (given && !known.add(member)) {
                throw new Refusal(Reason.INVALID, "`" + name + "` is there twice", name);
            }
            name = outer;
        }
        require(parser.currentToken() == JsonToken.END_OBJECT, "an object");
    }

    /** Reads the members of an object within the object. */
    boolean object(Members members) throws IOException {
        require(parser.currentToken() == JsonToken.START_OBJECT, "an object");
        members(members);
        return true;
    }

    String string() throws IOException {
        require(parser.currentToken() == JsonToken.VALUE_STRING, "a string");
        return text();
    }

    /** The current string. Half of a surrogate pair, which an escape can hold, is no character of a text. */
    private String text() throws IOException {
        String text = parser.getText();
        if (text.codePoints().anyMatch(point -> point <= Character.MAX_VALUE && Character.isSurrogate((char) point))) {
            throw new Refusal(Reason.MALFORMED, "the body is not valid JSON: `" + name + "` has half of a surrogate pair", name);
        }
        return text;
    }

    boolean truth() throws IOException {
        require(parser.currentToken().isBoolean(), "true or false");
        return parser.getBooleanValue();
    }

    int positive() throws IOException {
        require(parser.currentToken() == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() == JsonParser.NumberType.INT
                && parser.getIntValue() > 0, "a positive integer");
        return parser.getIntValue();
    }

    /** A string, or a list of strings. */
    List<String> strings() throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return List.of(text());
        }
        require(parser.currentToken() == JsonToken.START_ARRAY, "a string or a list of strings");
        List<String> strings = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            require(parser.currentToken() == JsonToken.VALUE_STRING, "a string or a list of strings");
            requireRoom(strings.size());
            strings.add(text());
        }
        return strings;
    }

    /** A string, token ids, or a list of strings and of lists of token ids. */
    TextInputs texts() throws IOException {
        List<Object> texts = new ArrayList<>();
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            texts.add(text());
            return new TextInputs(texts, true);
        }
        require(parser.currentToken() == JsonToken.START_ARRAY, TextInputs.KINDS);
        JsonToken first = parser.nextToken();
        if (first == JsonToken.VALUE_NUMBER_INT) {
            texts.add(ids());
            return new TextInputs(texts, true);
        }
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            requireRoom(texts.size());
            if (token == JsonToken.VALUE_STRING) {
                texts.add(text());
            } else {
                require(token == JsonToken.START_ARRAY, TextInputs.KINDS);
                parser.nextToken();
                texts.add(ids());
            }
        }
        return new TextInputs(texts, false);
    }

    /** The rest of an array of token ids, from the current token on. */
    private int[] ids() throws IOException {
        int[] ids = new int[16];
        int count = 0;
        for (JsonToken token = parser.currentToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            require(token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() == JsonParser.NumberType.INT, TextInputs.KINDS);
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, 2 * count);
            }
            ids[count++] = parser.getIntValue();
        }
        return Arrays.copyOf(ids, count);
    }

    private void requireRoom(int texts) {
        if (texts == maxTexts) {
            throw new Refusal(Reason.TOO_MANY, "`" + name + "` has more than " + maxTexts + " texts, the most of a request", name);
        }
    }

    private void require(boolean condition, String kind) throws IOException {
        if (!condition) {
            if (parser.currentToken() == null) {
                throw new Refusal(Reason.MALFORMED, "the body is not valid JSON: it ends early");
            }
            throw new Refusal(Reason.INVALID, "`" + name + "` must be " + kind, name);
        }
    }
}
