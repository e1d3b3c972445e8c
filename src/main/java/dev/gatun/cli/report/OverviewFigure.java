package dev.gatun.cli.report;

import dev.gatun.cli.output.JsonWriter;

/** The figures by which the overview of a page may be coloured and sorted. */
enum OverviewFigure {
    ENTROPY_PRODUCTION("entropyProduction", "entropy production", "nats per step", "entropy-production", true,
            "How far attention is from detailed balance: 0 if every step is as likely as its reverse."),
    CURL_FRACTION("curlFraction", "curl", "", "curl", false,
            "The share of the skew part of the scores that is no gradient: 0 if attention is reversible."),
    ETA("eta", "eta", "", "eta", false,
            "The symmetry of the scores: 1 if they are symmetric, -1 if they are skew."),
    SPECTRAL_GAP("spectralGap", "spectral gap", "", "spectral-gap", true,
            "How fast attention as a Markov chain forgets where it began: 1 at once, 0 never."),
    ITERATIONS("iterations", "Sinkhorn passes", "passes", "sinkhorn", true,
            "The passes over the scores until rows and columns of bistochastic attention sum to 1."),
    NEGATIVE_SHARE("negativeShare", "share of d < 0", "of all pairs", "negative-share", false,
            "The share of pairs of tokens that are nearer to each other than each is to itself.");

    private final String key;
    private final String label;
    private final String unit;
    private final String definition;
    private final boolean logarithmic;
    private final String sentence;

    OverviewFigure(String key, String label, String unit, String definition, boolean logarithmic, String sentence) {
        this.key = key;
        this.label = label;
        this.unit = unit;
        this.definition = definition;
        this.logarithmic = logarithmic;
        this.sentence = sentence;
    }

    static void writeAll(JsonWriter json) {
        json.beginArray();
        for (OverviewFigure figure : values()) {
            json.beginObject()
                    .name("name").value(figure.key)
                    .name("label").value(figure.label)
                    .name("unit").value(figure.unit)
                    .name("sentence").value(figure.sentence)
                    .name("definition").value(figure.definition)
                    .name("log").value(figure.logarithmic)
                    .end();
        }
        json.end();
    }
}
