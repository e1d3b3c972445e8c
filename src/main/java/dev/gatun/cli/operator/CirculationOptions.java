package dev.gatun.cli.operator;

import dev.gatun.Scores;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.output.Fault;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.hopfield.Circulation;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The parameters of circulation. */
public final class CirculationOptions {

    @Option(names = "--circulation", paramLabel = "C",
            description = "Circulation of circulation (1, which is attention).")
    private double circulation = 1;

    @Option(names = "--blend", paramLabel = "B",
            description = "Blend of circulation (1): its result is H_1 + B (H_C - H_1), with about the norm of H_C.")
    private double blend = 1;

    @Option(names = "--adaptive", paramLabel = "RULE", converter = Rule.class,
            description = "Adapt circulation to eta, the symmetry of each head's scores: dev for 1 + (C - 1) eta, scale for C eta.")
    private Adaptation adaptation;

    @Option(names = "--adaptive-blend", description = "Adapt the blend to eta as well: B (1 - eta).")
    private boolean adaptiveBlend;

    /** Reads a rule. */
    static final class Rule implements ITypeConverter<Adaptation> {
        @Override
        public Adaptation convert(String text) {
            return switch (text) {
                case "dev" -> Adaptation.DEVIATION;
                case "scale" -> Adaptation.SCALE;
                default -> throw new TypeConversionException("'%s' is unknown; the rules are dev, scale".formatted(text));
            };
        }
    }

    /** @throws Fault if a number is out of its range */
    void check() {
        ScoreOptions.requireFinite("--circulation", circulation);
        ScoreOptions.requireFinite("--blend", blend);
    }

    /** @throws Fault if results are blended: no matrix does that */
    public void requireMatrix() {
        if (blend != 1 || adaptiveBlend) {
            throw Fault.usage("%s: a blend acts on results, and is no matrix; only --blend 1 has one",
                    adaptiveBlend ? "--adaptive-blend" : "--blend");
        }
    }

    /** Whether it keeps only the symmetric part of the scores. */
    boolean isSymmetric() {
        return circulation == 0 && adaptation != Adaptation.DEVIATION;
    }

    /** Circulation of these scores. */
    Circulation of(Scores scores) {
        Circulation plain = Circulation.of(scores, circulation).withBlend(blend).adaptive(adaptation);
        return adaptiveBlend ? plain.withAdaptiveBlend() : plain;
    }
}
