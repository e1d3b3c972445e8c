"use strict";
// Elements, texts and colours that several sections of the page of heads use.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { state } = gatun;
    const { html } = gatun.charts;

    const SPEECH_DELAY = 120;           // milliseconds after which a text is read aloud, so that the last of many is

    const $ = id => document.getElementById(id);

    function onInput(id, change) {
        $(id).addEventListener("input", event => change(event.target.value));
    }

    // Fills a select element with [value, text].
    function options(select, choices, chosen) {
        select.replaceChildren(...choices.map(([value, text]) =>
            html("option", { value, selected: String(value) === String(chosen) }, text)));
    }

    // The link to a definition of the glossary.
    function anchor(definition) {
        const id = "def-" + definition;
        return "#" + ($(id) ? id : "glossary");
    }

    // A strip with the colours of [0, 1], between the texts of its ends.
    function colourBar(colour, low, high) {
        const strip = html("span", { class: "strip" });
        strip.style.background = `linear-gradient(to right, ${d3.range(0, 1.01, 0.05).map(colour).join(", ")})`;
        return [html("span", {}, low), strip, html("span", {}, high)];
    }

    // The colour of a token's place in the text.
    function placeColour(token) {
        const at = state.n > 1 ? token / (state.n - 1) : 0;
        return d3.interpolateViridis(state.theme === "dark" ? 0.18 + 0.82 * at : 0.9 * at);
    }

    function sentence(text) {
        return text.charAt(0).toUpperCase() + text.slice(1);
    }

    // Tells a reader who does not see the page.
    let saying = 0;
    function say(text) {
        clearTimeout(saying);
        saying = setTimeout(() => $("live").textContent = text, SPEECH_DELAY);
    }

    gatun.elements = { $, onInput, options, anchor, colourBar, placeColour, sentence, say };
}
