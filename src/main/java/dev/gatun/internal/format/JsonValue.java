package dev.gatun.internal.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A value of a JSON file, read whole: an object, an array, a string, a number, true, false or null. It knows its place in the file, so
 * that a value of another kind than expected is refused as in {@code 'model.vocab' is a number, not an object}.
 *
 * <p>A file has at most {@link #MAX_BYTES} bytes of UTF-8, values are at most {@value JsonText#MAX_DEPTH} deep inside each other, and a
 * name stands in an object once.
 */
public final class JsonValue {

    /** The largest file that is read, in bytes. */
    public static final long MAX_BYTES = 100_000_000;

    private final Source file;
    private final JsonValue parent;
    /** A name or an index; null at the root. */
    private final Object step;
    private final Object value;

    private JsonValue(Source file, JsonValue parent, Object step, Object value) {
        this.file = file;
        this.parent = parent;
        this.step = step;
        this.value = value;
    }

    /** The value that {@code file} consists of. */
    public static JsonValue read(Source file) {
        if (file.size() == 0) {
            throw file.fault("is empty");
        }
        if (file.size() > MAX_BYTES) {
            throw file.fault("has %d bytes; at most %d of JSON are read", file.size(), MAX_BYTES);
        }
        JsonText text = new JsonText(file, file.bytes(0, (int) file.size()));
        Object value = text.value();
        text.expectEnd();
        return new JsonValue(file, null, null, value);
    }

    /** The field {@code name} of this object, which must be there and not null. */
    public JsonValue field(String name) {
        JsonValue field = optional(name);
        if (field == null) {
            throw parent == null ? file.fault("lacks %s", Names.quote(name)) : fault("lacks " + Names.quote(name));
        }
        return field;
    }

    /** The field {@code name} of this object; null where it is not there or null. */
    public JsonValue optional(String name) {
        Object field = as(Map.class, "an object").get(name);
        return field == null ? null : new JsonValue(file, this, name, field);
    }

    /** Calls {@code action} with each field of this object, in the order of the file. */
    public void forEachField(BiConsumer<String, JsonValue> action) {
        Map<?, ?> fields = as(Map.class, "an object");
        for (Map.Entry<?, ?> field : fields.entrySet()) {
            action.accept((String) field.getKey(), new JsonValue(file, this, field.getKey(), field.getValue()));
        }
    }

    /** The number of fields of this object or of elements of this array. */
    public int size() {
        return value instanceof List<?> elements ? elements.size() : as(Map.class, "an object").size();
    }

    /** The elements of this array. */
    public List<JsonValue> elements() {
        List<?> elements = as(List.class, "an array");
        List<JsonValue> values = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            values.add(new JsonValue(file, this, i, elements.get(i)));
        }
        return values;
    }

    public boolean isObject() {
        return value instanceof Map;
    }

    public boolean isArray() {
        return value instanceof List;
    }

    public boolean isText() {
        return value instanceof String;
    }

    /** This string. */
    public String text() {
        return as(String.class, "a string");
    }

    /** This truth value. */
    public boolean truth() {
        return as(Boolean.class, "true or false");
    }

    /** This number. */
    public double number() {
        return as(Number.class, "a number").doubleValue();
    }

    /** This number, which must be written as an integer, of at least {@code min} and at most {@code max}. */
    public long integer(long min, long max) {
        if (value instanceof Long integer && integer >= min && integer <= max) {
            return integer;
        }
        throw fault("is " + as(Number.class, "a number") + ", not an integer of " + min + " to " + max);
    }

    /** The string of a field; {@code otherwise} where it is not there or null. */
    public String text(String name, String otherwise) {
        JsonValue field = optional(name);
        return field == null ? otherwise : field.text();
    }

    /** The truth value of a field; {@code otherwise} where it is not there or null. */
    public boolean truth(String name, boolean otherwise) {
        JsonValue field = optional(name);
        return field == null ? otherwise : field.truth();
    }

    /** The number of a field; {@code otherwise} where it is not there or null. */
    public double number(String name, double otherwise) {
        JsonValue field = optional(name);
        return field == null ? otherwise : field.number();
    }

    /** The integer of a field, of at least {@code min} and at most {@code max}; {@code otherwise} where it is not there or null. */
    public long integer(String name, long otherwise, long min, long max) {
        JsonValue field = optional(name);
        return field == null ? otherwise : field.integer(min, max);
    }

    /** An exception that states a fault of this value: {@code clause} follows its place. */
    public RuntimeException fault(String clause) {
        return file.fault("%s %s", parent == null ? "its value" : Names.quote(place()), clause);
    }

    private <T> T as(Class<T> type, String kind) {
        if (!type.isInstance(value)) {
            throw fault("is " + kind() + ", not " + kind);
        }
        return type.cast(value);
    }

    private String kind() {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> object -> "an object";
            case List<?> array -> "an array";
            case String text -> "a string";
            case Boolean truth -> "true or false";
            default -> "a number";
        };
    }

    private String place() {
        if (step instanceof Integer index) {
            return parent.place() + "[" + index + "]";
        }
        return parent == null ? "" : parent.parent == null ? step.toString() : parent.place() + "." + step;
    }
}
