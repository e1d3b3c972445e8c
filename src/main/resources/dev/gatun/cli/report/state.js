"use strict";
// What the sections of the page of heads share: gatun.state. The page (heads.js) writes it, and the sections read it; what concerns one
// section alone is kept there.
//   data      the JSON of the page: title, tokens, n, d, layers, options, figures and heads
//   n         the number of tokens
//   theme     "light" or "dark"
//   c         the factor of circulation that the slider has
//   head      the number of the open head
//   opened    the open head, with its arrays in place of their offsets
//   scores    its scores, n x n
// Beside these fields it has functions of them.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov } = gatun;

    const MAX_LIVE_TOKENS = 256;        // up to which entropy production is recomputed while c moves

    const textOf = id => document.getElementById(id).textContent;
    const data = JSON.parse(textOf("data"));
    const numbers = markov.floats(textOf("numbers"));
    const { n } = data;

    // A token as text.
    function label(token) {
        return data.tokens && token < data.tokens.length ? data.tokens[token] : String(token);
    }

    // The head of a number, with its arrays.
    function decode(index) {
        return markov.decode(data, numbers, index);
    }

    function hasDiffusion() {
        const { diffusion } = state.opened;
        return diffusion && diffusion.coordinates && diffusion.values.length > 0;
    }

    // Entropy production of the open head at circulation c; NaN if it is not defined, or not quick to find.
    function entropyAt(c) {
        return n > MAX_LIVE_TOKENS ? NaN : markov.circulationEntropy(state.scores, { ...state.opened.options, c });
    }

    const state = gatun.state = { data, n, theme: "light", c: 1, head: null, opened: null, scores: null,
        label, decode, hasDiffusion, entropyAt, MAX_LIVE_TOKENS };
}
