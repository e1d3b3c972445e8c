package dev.gatun.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which operator runs in which layer and head of a model: attention, but where another {@linkplain HeadRegime regime} is chosen. Of two
 * choices for a head the later one counts.
 *
 * <p>As a text, such as {@code layer 0: bistochastic; layer 3 head 5: circulation 0.8}:
 * <pre>
 * regimes  = choice { ";" choice }
 * choice   = [ place ":" ] regime
 * place    = "all" | "layer" range [ "head" range ] | "head" range
 * range    = number [ "-" number ]
 * regime   = "attention" | "attention-column" | "backward" | "backward-column" | "diffusion" [ "alpha" number ]
 *          | "bistochastic" | "bistochastic-backward" | "bistochastic-diffusion"
 *          | "circulation" number [ "blend" number ] [ "adaptive" ( "dev" | "scale" ) ] [ "adaptive-blend" ]
 *            each followed by [ "beta" number ]
 * </pre>
 * Layers and heads count from 0. A choice without a place is for all heads. Immutable; two regimes with the same text are equal.
 */
public final class Regimes {

    private static final Regimes NONE = new Regimes(List.of());

    private final List<Choice> choices;

    /** A regime for the heads of some layers. */
    record Choice(Range layers, Range heads, HeadRegime regime) {

        boolean covers(int layer, int head) {
            return layers.contains(layer) && heads.contains(head);
        }

        @Override
        public String toString() {
            String place = layers.describe("layer") + (layers == Range.ALL || heads == Range.ALL ? "" : " ") + heads.describe("head");
            return place.isEmpty() ? regime.toString() : place + ": " + regime;
        }
    }

    /** Layers or heads from a first to a last one. */
    record Range(int first, int last) {
        static final Range ALL = new Range(0, Integer.MAX_VALUE);

        boolean contains(int index) {
            return first <= index && index <= last;
        }

        String describe(String what) {
            return this == ALL ? "" : first == last ? what + " " + first : "%s %s-%s".formatted(what, first, last);
        }

        void requireWithin(int size, String what) {
            if (this != ALL && last >= size) {
                throw new IllegalArgumentException("%s %s of the regimes does not exist: the model has %s".formatted(what, last, size));
            }
        }
    }

    Regimes(List<Choice> choices) {
        this.choices = List.copyOf(choices);
    }

    /**
     * Attention in every head.
     *
     * @return no choice at all
     */
    public static Regimes none() {
        return NONE;
    }

    /**
     * One regime for all heads.
     *
     * @param regime the regime
     * @return the regimes
     */
    public static Regimes all(HeadRegime regime) {
        return NONE.with(Range.ALL, Range.ALL, regime);
    }

    /**
     * Chooses a regime for all heads of a layer.
     *
     * @param layer  the layer, from 0 on
     * @param regime its regime
     * @return new regimes
     * @throws IllegalArgumentException if the layer is negative
     */
    public Regimes withLayer(int layer, HeadRegime regime) {
        return with(one(layer, "layer"), Range.ALL, regime);
    }

    /**
     * Chooses a regime for a head.
     *
     * @param layer  the layer, from 0 on
     * @param head   the head, from 0 on
     * @param regime its regime
     * @return new regimes
     * @throws IllegalArgumentException if the layer or the head is negative
     */
    public Regimes withHead(int layer, int head, HeadRegime regime) {
        return with(one(layer, "layer"), one(head, "head"), regime);
    }

    private static Range one(int index, String what) {
        if (index < 0) {
            throw new IllegalArgumentException("%s %s does not exist".formatted(what, index));
        }
        return new Range(index, index);
    }

    private Regimes with(Range layers, Range heads, HeadRegime regime) {
        List<Choice> all = new ArrayList<>(choices);
        all.add(new Choice(layers, heads, regime));
        return new Regimes(all);
    }

    /**
     * Reads a text.
     *
     * @param text as above; empty for attention in every head
     * @return the regimes
     * @throws IllegalArgumentException if the text is malformed; the message states where and what is expected
     */
    public static Regimes parse(String text) {
        return new RegimesText(text).regimes();
    }

    /**
     * The regime of a head.
     *
     * @param layer the layer, from 0 on
     * @param head  the head, from 0 on
     * @return its regime, attention if none was chosen
     */
    public HeadRegime regime(int layer, int head) {
        for (int i = choices.size() - 1; i >= 0; i--) {
            if (choices.get(i).covers(layer, head)) {
                return choices.get(i).regime;
            }
        }
        return HeadRegime.attention();
    }

    /** @throws IllegalArgumentException if a layer or a head was chosen that a model of this size does not have */
    void requireWithin(EncoderConfig config) {
        for (Choice choice : choices) {
            choice.layers.requireWithin(config.layers(), "layer");
            choice.heads.requireWithin(config.heads(), "head");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Regimes regimes && toString().equals(regimes.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** The text of the regimes. */
    @Override
    public String toString() {
        return choices.stream().map(Choice::toString).collect(Collectors.joining("; "));
    }
}
