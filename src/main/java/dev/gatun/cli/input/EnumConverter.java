package dev.gatun.cli.input;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a constant of an enum by its label: its name in lower case, with hyphens. */
public abstract class EnumConverter<E extends Enum<E>> implements ITypeConverter<E> {

    private final Class<E> type;

    /** Every constant of {@code type} is accepted. */
    protected EnumConverter(Class<E> type) {
        this.type = type;
    }

    /** The label of a constant. */
    public static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public final E convert(String text) {
        for (E constant : type.getEnumConstants()) {
            if (label(constant).equals(text)) {
                return constant;
            }
        }
        throw new TypeConversionException("'" + text + "' " + fault());
    }

    /** Completes the sentence about a text that is no label. */
    protected String fault() {
        return "is not " + either(Arrays.stream(type.getEnumConstants()).map(EnumConverter::label).toList());
    }

    /** Some names as alternatives: {@code a, b or c}. */
    public static String either(List<String> names) {
        int last = names.size() - 1;
        return last == 0 ? names.getFirst() : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
    }
}
