"use strict";
// The matrices of the open head, one of each regime: their entries, which of them are hidden, and what they say in words.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, heatmap, state } = gatun;
    const { number } = gatun.charts;
    const { n, label } = state;

    // The regimes in the order of the page, and what a picture of each shows.
    const SENTENCES = {
        "attention": "Where each token looks; a bright column is a token that all look at.",
        "attention-column": "Who looks at each token, compared down its column.",
        "backward": "Attention from the keys' side; a row says which tokens would choose this one.",
        "backward-column": "Attention seen from the other side: a column says where that token looks.",
        "diffusion": "What attention and backward agree on, without a direction.",
        "magnetic": "Diffusion with direction as hue: red is none, other hues turn one way and the other.",
        "bistochastic": "Attention in which every token also receives as much as it gives: sinks vanish.",
        "bistochastic-backward": "The same of the backward divergence.",
        "bistochastic-diffusion": "The symmetric kernel in which every token gives and receives the same.",
        "circulation": "Attention with its one-way part scaled by c: 0 removes it, 1 is attention, 2 doubles it.",
        "bidivergence": "How far apart two tokens are; pairs below 0 prefer each other to themselves.",
        "direction": "Which way a pair leans: above 0 the step from row to column is farther than the step back."
    };
    const LABELS = { ...markov.LABELS, "bidivergence": "Bidivergence d", "direction": "Direction w" };
    const FROM_SCORES = { forward: ["attention", "attention-column", "bistochastic"],
        backward: ["backward", "backward-column", "bistochastic-backward"] };

    const matrices = new Map();         // of the open head, by regime

    // The matrix of a regime: {re, im?, hidden?, kind, max}, whose kind is its colour scale; null if the head has none.
    function matrix(regime) {
        if (!matrices.has(regime)) {
            matrices.set(regime, computed(regime));
        }
        return matrices.get(regime);
    }

    function computed(regime) {
        if (markov.lacksSelfScores(regime, state.scores)) {
            return null;
        }
        if (regime === "bidivergence" || regime === "direction") {
            const re = regime === "direction" ? markov.direction(state.scores) : markov.symmetric(state.scores);
            return scaled({ re, hidden: hidden(regime) }, "two");
        }
        const found = markov.operator(regime, state.opened, { c: state.c, scores: state.scores });
        return found && scaled({ ...found, hidden: hidden(regime) }, found.im ? "phase" : "one");
    }

    function scaled(found, kind) {
        return { ...found, kind, max: heatmap.largest(found) };
    }

    // Which entries a mask or a score of -Infinity hides; null if none.
    function hidden(regime) {
        const { scores } = state;
        const { options } = state.opened;
        const forbidden = scores.some(s => s === -Infinity);
        if (!forbidden && !options.causal && !options.zeroDiagonal) {
            return null;
        }
        const uses = Object.keys(FROM_SCORES).find(key => FROM_SCORES[key].includes(regime));
        return Array.from(scores, (s, index) => {
            const [i, j] = [Math.floor(index / n), index % n];
            const back = scores[j * n + i];
            const used = uses === "forward" ? s : uses === "backward" ? back : Math.min(s, back);
            return markov.masks(i, j, options) || used === -Infinity;
        });
    }

    // Why the head has no matrix of a regime.
    function whyMissing(regime) {
        return markov.lacksSelfScores(regime, state.scores)
            ? "Not drawn: some tokens may not see themselves, and it compares tokens with themselves."
            : "This head has no potentials for it.";
    }

    // An entry as text.
    function valueText(found, index) {
        if (found.hidden && found.hidden[index]) {
            return "hidden";
        }
        const [re, im] = [found.re[index], found.im ? found.im[index] : 0];
        return found.im ? `${number(Math.hypot(re, im))}, phase ${number(Math.atan2(im, re))}` : number(re);
    }

    // What a reader who does not see the picture is told.
    function describe(found) {
        let at = -1;
        const size = index => found.im ? Math.hypot(found.re[index], found.im[index]) : Math.abs(found.re[index]);
        for (let index = 0; index < found.re.length; index++) {
            if (Number.isFinite(size(index)) && (at < 0 || size(index) > size(at))) {
                at = index;
            }
        }
        return at < 0 ? "No entry is finite."
            : `The largest of ${n} by ${n} entries is ${valueText(found, at)}, from ${label(Math.floor(at / n))} to ${label(at % n)}.`;
    }

    // Another head is open: its matrices are computed when they are needed.
    function headOpened() {
        matrices.clear();
    }

    // The slider of circulation has moved.
    function circulationChanged() {
        matrices.delete("circulation");
    }

    gatun.regimes = { SENTENCES, LABELS, matrix, whyMissing, valueText, describe, headOpened, circulationChanged };
}
