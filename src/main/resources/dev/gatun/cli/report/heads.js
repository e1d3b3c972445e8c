"use strict";
// The page of heads: which head is open, its figures, the theme, and paper. It opens a head in gatun.state, and the sections draw it.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { drawing, state, overview, pictures, embedding, dynamics, coupling, bridge, markov } = gatun;
    const { html, number, NONE } = gatun.charts;
    const { $, anchor, say } = gatun.elements;
    const { data, n } = state;

    const MAX_SHORT_TEXT = 48;          // tokens of a text whose charts stand side by side
    const SECTIONS = [overview, pictures, embedding, dynamics, coupling, bridge];

    // ---- The open head ----------------------------------------------------------------------------------------------------------

    // Opens the head of a number, and goes there if wanted.
    function open(index, go) {
        state.head = index;
        state.opened = state.decode(index);
        state.scores = markov.scores(state.opened);
        $("head-title").textContent = overview.name(state.opened);
        drawFigures();
        SECTIONS.forEach(section => section.headOpened());
        if (go) {
            $("head").focus({ preventScroll: true });
            $("head").scrollIntoView({ block: "start" });
            say(overview.name(state.opened) + " is open");
        }
    }

    // Opens the head that stands so many places further in the overview.
    function step(by) {
        const heads = overview.sequence();
        const at = heads.indexOf(state.head) + by;
        open(heads[(at + heads.length) % heads.length], true);
    }

    function drawFigures() {
        const { regime, figures } = state.opened;
        const facts = data.figures.map(({ label, name, unit, definition }) =>
            [label, number(overview.figureOf(state.head, name)), unit, anchor(definition)]);
        if (regime) {
            facts.unshift(["regime", regime === "ness" ? "NESS" : regime, "", "#def-regime"]);
        }
        $("figures").replaceChildren(...facts.map(([term, value, unit, link]) => html("div", {},
            html("dt", {}, html("a", { href: link }, term)),
            html("dd", {}, value, unit && value !== NONE ? html("small", {}, " " + unit) : null))));
        $("all-figures").replaceChildren(...Object.entries(figures || {}).map(([term, value]) => html("div", {},
            html("dt", {}, term), html("dd", {}, number(markov.number(value))))));
    }

    function setCirculation(c) {
        state.c = c;
        [overview, pictures, dynamics].forEach(section => section.circulationChanged());
    }

    // A token that is pointed at in one chart is emphasised in all.
    function emphasise(event) {
        const mark = event.target.closest("[data-token]");
        document.querySelectorAll(".here").forEach(each => each.classList.remove("here"));
        if (mark) {
            document.querySelectorAll(`[data-token="${mark.dataset.token}"]`).forEach(each => each.classList.add("here"));
        }
    }

    // ---- The page ---------------------------------------------------------------------------------------------------------------

    function about() {
        const { beta, scale, causal, zeroDiagonal, alpha, charge } = data.options;
        const parts = [`${data.heads.length} ${data.heads.length === 1 ? "head" : "heads"}`, `${n} ${n === 1 ? "token" : "tokens"}`];
        if (data.d) {
            parts.push(`d = ${data.d}`);
        }
        parts.push(`β = ${number(beta)}`, `τ = ${number(scale)}`, `α = ${number(alpha)}`, `g = ${number(charge)}`);
        const all = parts.concat(causal ? "causal mask" : [], zeroDiagonal ? "zero diagonal" : []);
        $("about").textContent = all.map(part => part.replaceAll(" ", "\u00a0")).join(" · ");
    }

    function writeTokens() {
        $("text").hidden = !data.tokens;
        $("tokens").replaceChildren(...(data.tokens || []).flatMap(token => [html("bdi", {}, token), " "]));
    }

    function setTheme(theme) {
        state.theme = theme;
        document.documentElement.dataset.theme = theme;
        $("theme").textContent = theme === "dark" ? "Light" : "Dark";
        $("theme").setAttribute("aria-label", `Change to the ${theme === "dark" ? "light" : "dark"} theme`);
        drawing.everythingChanged();
    }

    // The theme follows the system until the reader chooses one.
    function themes() {
        const preference = matchMedia("(prefers-color-scheme: dark)");
        const preferred = () => preference.matches ? "dark" : "light";
        let chosen = false;
        $("theme").addEventListener("click", () => {
            chosen = true;
            setTheme(state.theme === "dark" ? "light" : "dark");
        });
        preference.addEventListener("change", () => {
            if (!chosen) {
                setTheme(preferred());
            }
        });
        setTheme(preferred());
    }

    // Paper is light, and all that is out of sight is drawn.
    function printing() {
        let before = null;
        addEventListener("beforeprint", () => {
            before = { theme: state.theme, text: $("text").open };
            $("text").open = true;
            setTheme("light");
            drawing.drawEverything();
        });
        addEventListener("afterprint", () => {
            $("text").open = before.text;
            setTheme(before.theme);
        });
    }

    // What is drawn fits the width of the window.
    function resizing() {
        let width = innerWidth;
        addEventListener("resize", () => {
            if (innerWidth !== width) {
                width = innerWidth;
                drawing.everythingChanged();
            }
        });
    }

    function start() {
        about();
        writeTokens();
        const single = data.heads.length === 1;
        $("overview").classList.toggle("single", single);
        $("previous").hidden = $("next").hidden = single;
        document.body.classList.toggle("long-text", n > MAX_SHORT_TEXT);
        themes();
        pictures.start(setCirculation);
        [embedding, dynamics, coupling, bridge].forEach(section => section.start());
        overview.start(index => open(index, true));
        $("previous").addEventListener("click", () => step(-1));
        $("next").addEventListener("click", () => step(1));
        $("head").addEventListener("pointerover", emphasise);
        printing();
        resizing();
        open(overview.sequence()[0], false);
    }

    start();

    // What tests and the curious may use.
    gatun.page = { state, data, open, cell: pictures.cell, order: pictures.order };
}
