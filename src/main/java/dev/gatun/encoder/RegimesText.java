package dev.gatun.encoder;

import dev.gatun.hopfield.Adaptation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Reads the text of {@link Regimes}: words, numbers, colons and semicolons, of which it looks at one at a time. */
final class RegimesText {

    private final String text;
    private int start;
    private int end;

    RegimesText(String text) {
        this.text = text;
        advance();
    }

    Regimes regimes() {
        List<Regimes.Choice> choices = new ArrayList<>();
        while (!atEnd()) {
            choices.add(choice());
            if (!atEnd() && !accept(";")) {
                throw unexpected("a semicolon or the end");
            }
        }
        return new Regimes(choices);
    }

    private Regimes.Choice choice() {
        Regimes.Range layers = Regimes.Range.ALL;
        Regimes.Range heads = Regimes.Range.ALL;
        boolean placed = accept("all");
        if (accept("layer")) {
            layers = range("layer");
            placed = true;
        }
        if (layers != Regimes.Range.ALL || !placed) {
            boolean ofHeads = accept("head");
            heads = ofHeads ? range("head") : heads;
            placed |= ofHeads;
        }
        if (placed && !accept(":")) {
            throw unexpected("a colon");
        }
        return new Regimes.Choice(layers, heads, regime());
    }

    /** One number, or two with a hyphen between them. */
    private Regimes.Range range(String what) {
        String[] bounds = word().split("-", 2);
        int first = index(bounds[0], what);
        int last = index(bounds[bounds.length - 1], what);
        if (last < first) {
            throw unexpected("a range whose last %s is not below the first".formatted(what));
        }
        advance();
        return new Regimes.Range(first, last);
    }

    private int index(String digits, String what) {
        if (!digits.matches("\\d{1,9}")) {
            throw unexpected("the number of a " + what);
        }
        return Integer.parseInt(digits);
    }

    private HeadRegime regime() {
        HeadRegime.Kind kind = HeadRegime.Kind.labelled(word());
        if (kind == null) {
            throw unexpected("an operator, one of " + Arrays.stream(HeadRegime.Kind.values()).map(HeadRegime.Kind::label)
                    .collect(Collectors.joining(", ")));
        }
        advance();
        HeadRegime regime = kind == HeadRegime.Kind.CIRCULATION ? HeadRegime.circulation(number("the circulation")) : HeadRegime.of(kind);
        while (!atEnd() && !word().equals(";")) {
            regime = option(regime);
        }
        return regime;
    }

    private HeadRegime option(HeadRegime regime) {
        boolean circulates = regime.kind() == HeadRegime.Kind.CIRCULATION;
        if (accept("beta")) {
            int at = start;
            double beta = number("beta");
            if (beta <= 0) {
                throw fault(at, "beta must be positive, not " + beta);
            }
            return regime.withBeta(beta);
        } else if (regime.kind() == HeadRegime.Kind.DIFFUSION && accept("alpha")) {
            return HeadRegime.diffusion(number("alpha")).withBeta(regime.beta());
        } else if (circulates && accept("blend")) {
            return regime.withBlend(number("the blend"));
        } else if (circulates && accept("adaptive-blend")) {
            return regime.withAdaptiveBlend();
        } else if (circulates && accept("adaptive")) {
            return regime.adaptive(adaptation());
        }
        throw unexpected(circulates ? "blend, adaptive, adaptive-blend or beta"
                : regime.kind() == HeadRegime.Kind.DIFFUSION ? "alpha or beta" : "beta");
    }

    private Adaptation adaptation() {
        if (accept("dev")) {
            return Adaptation.DEVIATION;
        } else if (accept("scale")) {
            return Adaptation.SCALE;
        }
        throw unexpected("dev or scale");
    }

    private double number(String what) {
        double value;
        try {
            value = Double.parseDouble(word());
        } catch (NumberFormatException notOne) {
            throw unexpected("a number, " + what);
        }
        if (!Double.isFinite(value)) {
            throw unexpected("a finite number, " + what);
        }
        advance();
        return value;
    }

    private boolean atEnd() {
        return start == text.length();
    }

    private String word() {
        return text.substring(start, end);
    }

    private boolean accept(String expected) {
        if (!word().equals(expected)) {
            return false;
        }
        advance();
        return true;
    }

    /** Finds the next word, or the colon or semicolon that comes first. */
    private void advance() {
        start = end;
        while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        end = start;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end)) && !separates(text.charAt(end))) {
            end++;
        }
        if (end == start && end < text.length()) {
            end++;
        }
    }

    private static boolean separates(char c) {
        return c == ':' || c == ';';
    }

    private IllegalArgumentException unexpected(String expected) {
        return fault(start, "%s, where %s is expected".formatted(atEnd() ? "the end" : "'" + word() + "'", expected));
    }

    private IllegalArgumentException fault(int at, String what) {
        return new IllegalArgumentException("regimes '%s', character %s: %s".formatted(text, at + 1, what));
    }
}
