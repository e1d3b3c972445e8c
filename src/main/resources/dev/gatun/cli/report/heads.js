"use strict";
// The page of heads: an overview, and one open head with its regimes, embedding, dynamics, couplings and bridge. What is out of sight is
// drawn when it comes into sight.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, heatmap, charts } = gatun;
    const { html, number, NONE } = charts;
    const $ = id => document.getElementById(id);

    // What each picture of a matrix shows. The kind is its colour scale.
    const PICTURES = [
        ["attention", "Where each token looks; a bright column is a token that all look at."],
        ["attention-column", "Who looks at each token, compared down its column."],
        ["backward", "Attention from the keys' side; a row says which tokens would choose this one."],
        ["backward-column", "Attention seen from the other side: a column says where that token looks."],
        ["diffusion", "What attention and backward agree on, without a direction."],
        ["magnetic", "Diffusion with direction as hue: red is none, other hues turn one way and the other."],
        ["bistochastic", "Attention in which every token also receives as much as it gives: sinks vanish."],
        ["bistochastic-backward", "The same of the backward divergence."],
        ["bistochastic-diffusion", "The symmetric kernel in which every token gives and receives the same."],
        ["circulation", "Attention with its one-way part scaled by c: 0 removes it, 1 is attention, 2 doubles it."],
        ["bidivergence", "How far apart two tokens are; pairs below 0 prefer each other to themselves."],
        ["direction", "Which way a pair leans: above 0 the step from row to column is farther than the step back."]
    ];
    const LABELS = { ...markov.LABELS, "bidivergence": "Bidivergence d", "direction": "Direction w" };
    const FROM_SCORES = { forward: ["attention", "attention-column", "bistochastic"],
        backward: ["backward", "backward-column", "bistochastic-backward"] };
    const MAX_FRAME = 40;               // milliseconds of drawing before the page answers again
    const MAX_COLUMNS = 16;             // heads of a layer that fit side by side
    const MAX_LINEAR_TOKENS = 256;      // up to which single entries are seen on a linear scale
    const LEAST_OF_TIMES = 1e-3;        // where the logarithmic scale of a bridge's strip ends, relative to its largest entry
    const MAX_LIVE_TOKENS = 256;        // up to which entropy production is recomputed while c moves

    const data = JSON.parse($("data").textContent);
    const numbers = markov.floats($("numbers").textContent);
    const n = data.n;
    const label = token => data.tokens && token < data.tokens.length ? data.tokens[token] : String(token);
    const state = {
        head: null, colourBy: data.figures.length ? data.figures[0].name : null, sort: "down", thumbnail: "attention", theme: "light",
        log: n > MAX_LINEAR_TOKENS, order: "text", c: 1, view: { k: 1, x: 0, y: 0 }, marked: null, enlarged: null,
        time: 0, horizontal: 0, vertical: 1, vector: 0, coupling: null, cycle: null, bridgeTime: 0
    };
    let head = null;                    // the decoded open head
    let scores = null;
    let order = [];
    let matrices = new Map();           // of the open head, by name
    let drive = null;                   // points [c, entropy production] of the open head
    const cards = new Map();            // name -> elements of a picture

    // ---- Drawing what is in sight -----------------------------------------------------------------------------------------------

    const drawings = new Map();
    let frame = 0;
    let observed = false;               // whether the browser has said what is in sight
    const observer = new IntersectionObserver(entries => {
        observed = true;
        entries.forEach(({ target, isIntersecting }) => drawings.get(target).visible = isIntersecting);
        schedule();
    }, { rootMargin: "200px" });

    function drawn(element, draw) {
        drawings.set(element, { draw, visible: false, stale: true });
        observer.observe(element);
    }

    function changed(...elements) {
        elements.forEach(element => drawings.get(element).stale = true);
        schedule();
    }

    function schedule() {
        frame = frame || requestAnimationFrame(() => {
            frame = 0;
            if (drawStale(each => each.visible, performance.now() + MAX_FRAME)) {
                page.openedIn = observed && page.openedIn === null ? performance.now() : page.openedIn;
            } else {
                schedule();
            }
        });
    }

    // Draws what is stale until a time; whether nothing is left.
    function drawStale(which, end) {
        for (const each of drawings.values()) {
            if (each.stale && which(each)) {
                if (performance.now() > end) {
                    return false;
                }
                each.stale = false;
                each.draw();
            }
        }
        return true;
    }

    function everythingChanged() {
        changed(...drawings.keys());
    }

    // ---- Figures and the overview -----------------------------------------------------------------------------------------------

    function name(stored) {
        const [first, which] = stored.head;
        return data.layers ? `Layer ${first}, head ${which}` : severalBatches() ? `Batch entry ${first}, head ${which}` : `Head ${which}`;
    }

    function shortName({ head: [first, which] }) {
        return data.layers || severalBatches() ? `${first} · ${which}` : String(which);
    }

    function severalBatches() {
        return data.heads.some(({ head }) => head[0] !== data.heads[0].head[0]);
    }

    function figureOf(index, figure) {
        return markov.number((data.heads[index].figures || {})[figure]);
    }

    function chosenFigure() {
        return data.figures.find(({ name }) => name === state.colourBy);
    }

    // The heads in the order of the overview.
    function sequence() {
        const all = data.heads.map((stored, index) => index);
        if (state.sort === "model" || !chosenFigure()) {
            return all;
        }
        const sign = state.sort === "up" ? 1 : -1;
        const key = index => figureOf(index, state.colourBy);
        const rank = (a, b) => Number.isNaN(a) - Number.isNaN(b) || (a === b ? 0 : sign * (a < b ? -1 : 1)) || 0;
        return all.sort((a, b) => rank(key(a), key(b)) || a - b);
    }

    // From a figure of a head to [0, 1], between the least and the largest of all heads.
    function figureScale() {
        const figure = chosenFigure();
        const finite = data.heads.map((stored, index) => figureOf(index, state.colourBy)).filter(Number.isFinite);
        const log = figure && figure.log && finite.every(x => x > 0);
        const [low, high] = finite.length ? d3.extent(finite) : [0, 1];
        const around = log ? [low / 2, low * 2] : [low - 1, low + 1];
        const scale = (log ? d3.scaleLog() : d3.scaleLinear()).domain(low === high ? around : [low, high]);
        return { low, high, log, at: value => value === Infinity ? 1 : scale(value) };
    }

    function figureColour(at) {
        return Number.isNaN(at) ? "var(--hidden)" : d3.interpolateCividis(Math.min(1, Math.max(0, at)));
    }

    function drawOverview() {
        const figure = chosenFigure();
        $("overview-sentence").textContent = figure ? figure.sentence : "Each picture is the attention of one head.";
        $("overview-definition").href = anchor(figure && figure.definition);
        $("tile-names").textContent = data.layers ? ", named by its layer and its number there" : "";
        const scale = figureScale();
        drawLegend(figure, scale);
        for (const tile of $("tiles").children) {
            forget(tile);
        }
        layerByLayer();
        $("tiles").replaceChildren(...sequence().map(index => tileOf(index, figure, scale)));
        markOpenTile();
    }

    // The stored order of a model has one row for each layer, if the page is wide enough.
    function layerByLayer() {
        const columns = 1 + Math.max(...data.heads.map(({ head }) => head[1]));
        $("tiles").classList.toggle("by-layer", Boolean(data.layers) && state.sort === "model" && columns <= MAX_COLUMNS);
        $("tiles").style.setProperty("--columns", columns);
    }

    function forget(tile) {
        const canvas = tile.querySelector("canvas");
        observer.unobserve(canvas);
        drawings.delete(canvas);
    }

    function tileOf(index, figure, scale) {
        const stored = data.heads[index];
        const value = figure ? figureOf(index, figure.name) : NaN;
        const canvas = html("canvas", { "aria-hidden": "true" });
        const tile = html("button", {
            type: "button", class: "tile", "data-head": index,
            "aria-label": name(stored) + (figure ? `, ${figure.label} ${number(value)} ${figure.unit || ""}` : ""),
            click: () => open(index, true)
        }, canvas, html("span", { class: "tile-name" }, shortName(stored)),
            html("span", { class: "tile-value" }, figure ? number(value) : ""));
        tile.style.setProperty("--figure", figure ? figureColour(scale.at(value)) : "transparent");
        drawn(canvas, () => drawThumbnail(canvas, index));
        return tile;
    }

    function drawThumbnail(canvas, index) {
        const decoded = markov.decode(data, numbers, index);
        const matrix = markov.operator(state.thumbnail, decoded, { c: state.c });
        if (!matrix) {
            canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
            return;
        }
        const scale = { kind: matrix.im ? "phase" : "one", max: heatmap.largest(matrix), log: true };
        heatmap.thumbnail(canvas, heatmap.image(matrix, d3.range(n), scale, state.theme), canvas.clientWidth || 88);
    }

    function drawLegend(figure, scale) {
        if (!figure) {
            $("legend").replaceChildren();
            return;
        }
        const high = number(scale.high) + (figure.unit ? " " + figure.unit : "") + (scale.log ? ", logarithmic" : "");
        $("legend").replaceChildren(...colourBar(figureColour, number(scale.low), high));
    }

    // A strip with the colours of [0, 1], between the texts of its ends.
    function colourBar(colour, low, high) {
        const strip = html("span", { class: "strip" });
        strip.style.background = `linear-gradient(to right, ${d3.range(0, 1.01, 0.05).map(colour).join(", ")})`;
        return [html("span", {}, low), strip, html("span", {}, high)];
    }

    function markOpenTile() {
        for (const tile of $("tiles").children) {
            tile.toggleAttribute("aria-current", Number(tile.dataset.head) === state.head);
        }
    }

    function moveAmongTiles(event) {
        const tiles = Array.from($("tiles").children);
        const at = tiles.indexOf(document.activeElement);
        const columns = tiles.filter(tile => tile.offsetTop === tiles[0].offsetTop).length;
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
        if (at >= 0 && step && tiles[at + step]) {
            event.preventDefault();
            tiles[at + step].focus();
        }
    }

    function anchor(definition) {
        const id = "def-" + definition;
        return "#" + ($(id) ? id : "glossary");
    }

    function drawTokens() {
        $("text").hidden = !data.tokens;
        $("tokens").replaceChildren(...(data.tokens || []).flatMap(token => [html("bdi", {}, token), " "]));
    }

    // ---- The open head ----------------------------------------------------------------------------------------------------------

    function open(index, go) {
        state.head = index;
        state.cycle = null;
        state.bridgeTime = 0;
        clearInterval(playing);
        head = markov.decode(data, numbers, index);
        scores = markov.scores(head);
        matrices = new Map();
        drive = null;
        reorder();
        $("head-title").textContent = name(head);
        drawFigures();
        fillChoices();
        drawSolution();
        markOpenTile();
        everythingButTilesChanged();
        describePointed();
        if (go) {
            $("head").focus({ preventScroll: true });
            $("head").scrollIntoView({ block: "start" });
            say(name(head) + " is open");
        }
    }

    function everythingButTilesChanged() {
        changed(...Array.from(drawings.keys()).filter(element => !element.closest(".tile")));
    }

    function drawFigures() {
        const facts = data.figures.map(figure =>
            [figure.label, number(figureOf(state.head, figure.name)), figure.unit, anchor(figure.definition)]);
        if (head.regime) {
            facts.unshift(["regime", head.regime === "ness" ? "NESS" : head.regime, "", "#def-regime"]);
        }
        $("figures").replaceChildren(...facts.map(([term, value, unit, link]) => html("div", {},
            html("dt", {}, html("a", { href: link }, term)),
            html("dd", {}, value, unit && value !== NONE ? html("small", {}, " " + unit) : null))));
        $("all-figures").replaceChildren(...Object.entries(head.figures || {}).map(([term, value]) => html("div", {},
            html("dt", {}, term), html("dd", {}, number(markov.number(value))))));
        $("chain").textContent = chainText(head.dynamics || {});
    }

    // What must be known to read the pictures of a chain; nothing for a chain that forgets where it began.
    function chainText({ vacuous, closedClasses, gapConverged, period, reason }) {
        return [
            vacuous ? "The chain ends in one token: its entropy production is 0 because nothing moves any more." : "",
            closedClasses > 1 ? `The chain has ${closedClasses} closed classes, and one stationary distribution for each.` : "",
            period > 1 ? `The chain is periodic, with a period of ${period} steps.` : "",
            gapConverged === false ? "The spectral gap did not converge." : "",
            reason ? sentence(reason) + "." : ""
        ].filter(Boolean).join(" ");
    }

    function options(select, choices, chosen) {
        select.replaceChildren(...choices.map(([value, text]) =>
            html("option", { value, selected: String(value) === String(chosen) }, text)));
    }

    function fillChoices() {
        const coordinates = hasDiffusion() ? head.diffusion.values.map((value, k) => [k, `${k + 1} (λ = ${number(value)})`]) : [];
        state.horizontal = Math.min(state.horizontal, Math.max(0, coordinates.length - 1));
        state.vertical = Math.min(state.vertical, Math.max(0, coordinates.length - 1));
        options($("horizontal"), coordinates, state.horizontal);
        options($("vertical"), coordinates, state.vertical);
        const vectors = hasMagnetic() ? head.magnetic.values.map((value, k) => [k, `${k} (λ = ${number(value)})`]) : [];
        state.vector = Math.min(state.vector, Math.max(0, vectors.length - 1));
        options($("vector"), vectors, state.vector);
        $("horizontal").parentElement.hidden = $("vertical").parentElement.hidden = coordinates.length === 0;
        $("vector").parentElement.hidden = vectors.length === 0;
        $("time").parentElement.hidden = coordinates.length + vectors.length === 0;
        const couplings = Object.keys(head.couplings);
        state.coupling = couplings.includes(state.coupling) ? state.coupling : couplings[0] || null;
        options($("coupling"), couplings.map(each => [each, LABELS[each] || each]), state.coupling);
        for (const choice of $("order").options) {
            choice.disabled = choice.value === "diffusion" && !hasDiffusion() || choice.value === "stationary" && !head.stationary;
        }
        const steps = head.bridge && head.bridge.rho ? head.bridge.rho.length / n - 1 : 0;
        $("bridge-part").querySelector(".controls").hidden = steps === 0;
        $("bridge-time").max = steps;
        $("bridge-time").value = state.bridgeTime;
    }

    function hasDiffusion() {
        return head.diffusion && head.diffusion.coordinates && head.diffusion.values.length > 0;
    }

    function hasMagnetic() {
        return head.magnetic && head.magnetic.real && head.magnetic.values.length > 0;
    }

    function reorder() {
        const m = hasDiffusion() ? head.diffusion.values.length : 0;
        const keys = state.order === "diffusion" && m ? d3.range(n).map(token => head.diffusion.coordinates[token * m])
            : state.order === "stationary" && head.stationary ? Array.from(head.stationary, x => -x) : d3.range(n);
        order = markov.orderBy(keys);
    }

    // ---- Pictures of matrices ---------------------------------------------------------------------------------------------------

    // The matrix of a picture: {re, im?, hidden?, kind, max}; null if the head has none.
    function matrix(regime) {
        if (!matrices.has(regime)) {
            matrices.set(regime, computed(regime));
        }
        return matrices.get(regime);
    }

    function computed(regime) {
        if (markov.lacksSelfScores(regime, scores)) {
            return null;
        }
        if (regime === "bidivergence" || regime === "direction") {
            const re = regime === "direction" ? markov.direction(scores) : markov.symmetric(scores);
            return scaled({ re, hidden: hidden(regime) }, "two");
        }
        const found = markov.operator(regime, head, { c: state.c, scores });
        return found && scaled({ ...found, hidden: hidden(regime) }, found.im ? "phase" : "one");
    }

    function scaled(found, kind) {
        return { ...found, kind, max: heatmap.largest(found) };
    }

    // Which entries a mask or a score of -Infinity hides; null if none.
    function hidden(regime) {
        const forbidden = scores.some(s => s === -Infinity);
        if (!forbidden && !head.options.causal && !head.options.zeroDiagonal) {
            return null;
        }
        const uses = Object.keys(FROM_SCORES).find(key => FROM_SCORES[key].includes(regime));
        return Array.from(scores, (s, index) => {
            const [i, j] = [Math.floor(index / n), index % n];
            const back = scores[j * n + i];
            const used = uses === "forward" ? s : uses === "backward" ? back : Math.min(s, back);
            return markov.masks(i, j, head.options) || used === -Infinity;
        });
    }

    function makeCards() {
        for (const [regime, sentence] of PICTURES) {
            const canvas = html("canvas",
                { tabindex: 0, role: "application", "aria-roledescription": "heatmap", "aria-label": LABELS[regime] });
            const mark = html("div", { class: "mark", hidden: true });
            const value = html("output", { class: "value" });
            const scale = html("div", { class: "legend" });
            const wrap = html("div", { class: "canvas" }, canvas, mark);
            const card = html("figure", { class: "card map", "data-regime": regime },
                html("figcaption", {}, html("h4", {}, LABELS[regime], enlargeButton(regime)),
                    html("p", {}, sentence + " ", html("a", { href: anchor(regime) }, "Definition"))),
                regime === "circulation" ? circulationSlider() : null, wrap, html("div", { class: "under" }, scale, value));
            cards.set(regime, { card, canvas, mark, value, scale, wrap, place: null });
            $("maps").append(card);
            listen(regime, canvas);
            drawn(wrap, () => drawCard(regime));
        }
    }

    function enlargeButton(regime) {
        return html("button", { type: "button", class: "enlarge", title: "Enlarge", "aria-label": "Enlarge " + LABELS[regime],
            click: () => enlarge(regime) }, "⤢");
    }

    function circulationSlider() {
        return html("label", { class: "slider" }, "c ",
            html("input", { type: "range", id: "circulation", min: 0, max: 2, step: 0.01, value: 1, list: "circulation-marks",
                input: event => setCirculation(Number(event.target.value)) }),
            html("datalist", { id: "circulation-marks" }, ...[0, 1, 2].map(value => html("option", { value }))),
            html("output", { id: "circulation-value" }, "1"));
    }

    function setCirculation(c) {
        state.c = c;
        matrices.delete("circulation");
        changed(cards.get("circulation").wrap, $("drive").querySelector(".plot"));
        if (state.thumbnail === "circulation") {
            changed(...document.querySelectorAll(".tile canvas"));
        }
    }

    function scaleOf(found) {
        return { kind: found.kind, max: found.max, log: state.log };
    }

    function drawCard(regime) {
        const each = cards.get(regime);
        const found = matrix(regime);
        each.card.classList.toggle("missing", !found);
        each.card.classList.toggle("large", state.enlarged === regime);
        if (!found) {
            each.value.textContent = markov.lacksSelfScores(regime, scores)
                ? "Not drawn: some tokens may not see themselves, and it compares tokens with themselves."
                : "This head has no potentials for it.";
            each.place = null;
            return;
        }
        const available = each.card.querySelector("figcaption").clientWidth;
        const width = state.enlarged === regime ? Math.min(available, Math.max(320, innerHeight - 170)) : available;
        const style = getComputedStyle(document.body);
        each.picture = heatmap.image(found, order, scaleOf(found), state.theme);
        each.place = heatmap.draw(each.canvas, each.picture,
            { width, margin: marginOf(width), order, label, view: pixelView(width), ink: style.color, font: style.fontFamily });
        each.canvas.__zoom = transformOf(each.place);
        each.canvas.setAttribute("aria-label", `${LABELS[regime]}. ${describe(found)}`);
        drawScale(each.scale, found);
        placeMark(each);
        showValue(regime);
        if (regime === "circulation") {
            $("circulation-value").textContent = state.c.toFixed(2) + circulationEntropy();
        }
    }

    // Entropy production of the chain at the slider's c, if it is quick to find.
    function circulationEntropy() {
        const entropy = n > MAX_LIVE_TOKENS ? NaN : entropyAt(state.c);
        return Number.isNaN(entropy) ? "" : `, entropy production ${number(entropy)}`;
    }

    function entropyAt(c) {
        return markov.circulationEntropy(scores, { ...head.options, c });
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

    function drawScale(element, found) {
        const colours = heatmap.palette(state.theme)[found.kind];
        const least = found.kind === "two" ? number(-found.max) : state.log ? "≤ " + number(heatmap.least(found.max)) : "0";
        const [low, high] = found.kind === "phase" ? ["phase 0", `2π; strongest at ${number(found.max)}`] : [least, number(found.max)];
        element.replaceChildren(...colourBar(at => `rgb(${colours[Math.round(at * 255)]})`, low, high));
    }

    // As wide as the longest label needs, in the font of the labels.
    function marginOf(width) {
        const longest = Math.max(...d3.range(n).map(token => Math.min(12, label(token).length)));
        return Math.round(Math.min(92, width * 0.2, 12 + 7 * longest));
    }

    function pixelView(width) {
        const side = width - marginOf(width);
        return { k: state.view.k, x: state.view.x * side, y: state.view.y * side };
    }

    // The transform of D3's zoom that belongs to the view: it moves the labels' margin as well, the view does not.
    function transformOf(place) {
        const { k } = state.view;
        return d3.zoomIdentity.translate(place.x - (k - 1) * place.left, place.y - (k - 1) * place.top).scale(k);
    }

    function listen(regime, canvas) {
        const zoom = d3.zoom().scaleExtent([1, Math.max(1, n / 6)])
            .extent(() => plotOf(regime)).filter(event => charts.zooms(event) && (state.view.k > 1 || event.type !== "mousedown"))
            .on("start", () => zoom.translateExtent(plotOf(regime)))
            .on("zoom", event => event.sourceEvent && setView(viewOf(regime, event.transform)));
        d3.select(canvas).call(zoom);
        canvas.addEventListener("pointermove", event => point(regime, event));
        canvas.addEventListener("pointerdown", event => point(regime, event));
        canvas.addEventListener("keydown", event => pressed(regime, event));
        canvas.addEventListener("focus", () => {
            if (!state.marked) {
                setMarked(order[0], order[0]);
            }
        });
    }

    function plotOf(regime) {
        const { place } = cards.get(regime);
        return place ? [[place.left, place.top], [place.left + place.side, place.top + place.side]] : [[0, 0], [1, 1]];
    }

    function viewOf(regime, { k, x, y }) {
        const { place } = cards.get(regime);
        return { k, x: ((k - 1) * place.left + x) / place.side, y: ((k - 1) * place.top + y) / place.side };
    }

    function setView(view) {
        const clamp = (x, k) => Math.min(0, Math.max(1 - k, x));
        state.view = { k: view.k, x: clamp(view.x, view.k), y: clamp(view.y, view.k) };
        picturesChanged();
    }

    // Zooms about the marked cell, or the middle.
    function zoomBy(factor) {
        const k = Math.min(Math.max(1, n / 6), Math.max(1, state.view.k * factor));
        const [row, column] = state.marked ? [order.indexOf(state.marked.i), order.indexOf(state.marked.j)] : [n / 2, n / 2];
        setView({ k, x: 0.5 - (column + 0.5) / n * k, y: 0.5 - (row + 0.5) / n * k });
    }

    function picturesChanged() {
        changed(...Array.from(cards.values(), ({ wrap }) => wrap));
    }

    function point(regime, event) {
        const { place, canvas } = cards.get(regime);
        const box = canvas.getBoundingClientRect();
        const at = place && heatmap.cellAt(place, event.clientX - box.left, event.clientY - box.top);
        if (at) {
            setMarked(order[at.row], order[at.column]);
        }
    }

    function pressed(regime, event) {
        const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        const does = { "Enter": () => enlarge(regime), "Escape": () => enlarge(null), "+": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5),
            "0": () => setView({ k: 1, x: 0, y: 0 }) }[event.key];
        if (!step && !does || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        event.preventDefault();
        if (does) {
            does();
        } else {
            const { i, j } = state.marked || { i: order[0], j: order[0] };
            const within = x => Math.min(n - 1, Math.max(0, x));
            setMarked(order[within(order.indexOf(i) + step[0])], order[within(order.indexOf(j) + step[1])]);
            keepInView(regime);
            say(`${pointedText()}: ${valueOf(regime)}`);
        }
    }

    function keepInView(regime) {
        const { place } = cards.get(regime);
        if (state.view.k > 1 && place) {
            const at = heatmap.middle(place, order.indexOf(state.marked.i), order.indexOf(state.marked.j));
            const outside = x => x < place.left || x > place.left + place.side;
            if (outside(at.x) || outside(at.y)) {
                zoomBy(1);
            }
        }
    }

    function enlarge(regime) {
        const before = state.enlarged;
        state.enlarged = regime === before ? null : regime;
        for (const [each, { card, wrap }] of cards) {
            card.classList.toggle("large", each === state.enlarged);
            card.querySelector(".enlarge").setAttribute("aria-pressed", String(each === state.enlarged));
            if (each === before || each === regime) {
                changed(wrap);
            }
        }
        if (regime || before) {
            cards.get(regime || before).card.scrollIntoView({ block: state.enlarged ? "start" : "nearest" });
        }
    }

    function setMarked(i, j) {
        if (state.marked && state.marked.i === i && state.marked.j === j) {
            return;
        }
        state.marked = { i, j };
        describePointed();
        for (const [regime, each] of cards) {
            placeMark(each);
            showValue(regime);
        }
    }

    function placeMark(each) {
        const { mark, place } = each;
        mark.hidden = !state.marked || !place;
        if (mark.hidden) {
            return;
        }
        const { x, y } = heatmap.middle(place, order.indexOf(state.marked.i), order.indexOf(state.marked.j));
        const side = Math.max(place.cell, 5);
        const inside = z => z >= place.left && z <= place.left + place.side;
        mark.hidden = !inside(x) || !inside(y);
        mark.style.left = x - side / 2 + "px";
        mark.style.top = y - side / 2 + "px";
        mark.style.width = mark.style.height = side + "px";
    }

    function valueText(found, index) {
        if (found.hidden && found.hidden[index]) {
            return "hidden";
        }
        const [re, im] = [found.re[index], found.im ? found.im[index] : 0];
        return found.im ? `${number(Math.hypot(re, im))}, phase ${number(Math.atan2(im, re))}` : number(re);
    }

    function valueOf(regime) {
        const found = matrix(regime);
        return found && state.marked ? valueText(found, state.marked.i * n + state.marked.j) : "";
    }

    // Only pictures that are drawn have a value to show; the others compute it when they come into sight.
    function showValue(regime) {
        const each = cards.get(regime);
        if (each.place) {
            each.value.textContent = valueOf(regime);
        }
    }

    function pointedText() {
        const { i, j } = state.marked;
        return `row ${i} ${label(i)}, column ${j} ${label(j)}`;
    }

    function describePointed() {
        if (state.marked) {
            const { i, j } = state.marked;
            $("pointed").replaceChildren("i = ", html("b", {}, String(i)), " ", html("bdi", { class: "token" }, label(i)),
                "  →  j = ", html("b", {}, String(j)), " ", html("bdi", { class: "token" }, label(j)));
        }
    }

    let saying = 0;
    function say(text) {
        clearTimeout(saying);
        saying = setTimeout(() => $("live").textContent = text, 120);
    }

    // ---- Charts -----------------------------------------------------------------------------------------------------------------

    function placeColour(token) {
        const at = n > 1 ? token / (n - 1) : 0;
        return d3.interpolateViridis(state.theme === "dark" ? 0.18 + 0.82 * at : 0.9 * at);
    }

    // A chart that draws itself, or says why the head has none.
    function plot(id, exists, part, draw, none = () => "This head has none.") {
        const element = $(id).querySelector(".plot");
        drawn(element, () => exists() ? draw(element) : sayWhyNot(element, part(), none()));
        return element;
    }

    function noMap(exists) {
        return exists ? "Not drawn: some coordinates are too large for float32." : "This head has none.";
    }

    function sayWhyNot(element, part, none) {
        const reason = part && part.reason;
        element.replaceChildren(html("p", { class: "reason" }, reason ? `Not drawn: ${reason}.` : none));
    }

    function drawDiffusionMap(element) {
        const { values, coordinates } = head.diffusion;
        const m = values.length;
        const at = markov.atTime(coordinates, values, state.time);
        const column = k => Array.from({ length: n }, (unused, token) => at[token * m + k]);
        charts.scatter(element, {
            x: column(state.horizontal), y: column(state.vertical), label, colour: placeColour,
            describe: token => `${number(at[token * m + state.horizontal])}, ${number(at[token * m + state.vertical])}`,
            name: `Diffusion coordinates ${state.horizontal + 1} and ${state.vertical + 1} of ${n} tokens at time ${state.time}`,
            xName: `coordinate ${state.horizontal + 1}`, yName: `coordinate ${state.vertical + 1}`
        });
    }

    function drawMagneticMap(element) {
        const { values, real, imaginary } = head.magnetic;
        const m = values.length;
        const at = part => {
            const moved = markov.atTime(part, values, state.time);
            return Array.from({ length: n }, (unused, token) => moved[token * m + state.vector]);
        };
        const [x, y] = [at(real), at(imaginary)];
        const phase = token => Math.atan2(y[token], x[token]);
        charts.scatter(element, {
            x, y, label, colour: token => d3.interpolateSinebow((phase(token) / (2 * Math.PI) + 1) % 1),
            describe: token => `modulus ${number(Math.hypot(x[token], y[token]))}, phase ${number(phase(token))}`,
            name: `Magnetic vector ${state.vector} of ${n} tokens in the complex plane at time ${state.time}`,
            xName: "real part", yName: "imaginary part"
        });
    }

    function drawSpectrum(element) {
        const series = [["diffusion", head.diffusion], ["magnetic", head.magnetic]]
            .filter(([, part]) => part && (part.spectrum || part.values).length)
            .map(([which, part]) => ({ name: which, values: part.spectrum || part.values, groups: groupsOf(part.groups) }));
        charts.eigenvalues(element, { series, time: state.time, name: series.map(each =>
            `Eigenvalues of ${each.name}: ${each.values.map(number).join(", ")}`).join(". ") });
    }

    // Groups of more than one eigenvalue, as {first, end}.
    function groupsOf(groups) {
        return (groups || []).map(([first, end]) => ({ first, end })).filter(({ first, end }) => end - first > 1);
    }

    function drawCurrents(element) {
        const { from, to, current } = head.currents[0];
        charts.arcs(element, head.currents, { n, label, cycle: state.cycle === null ? null : head.cycles[state.cycle].tokens,
            name: `The ${head.currents.length} strongest currents, `
                + `the first from ${label(from)} to ${label(to)}, ${number(current)} per step` });
    }

    function drawStationary(element) {
        const most = head.stationary.indexOf(Math.max(...head.stationary));
        charts.bars(element, head.stationary, { label, unit: "probability",
            name: `Stationary distribution; the largest is ${number(head.stationary[most])} at ${label(most)}` });
    }

    function drawEntropy(element) {
        const values = head.entropyProductionByToken;
        const most = values.indexOf(Math.max(...values));
        charts.bars(element, values, { label, unit: "nats per step",
            name: `Entropy production per token; the largest is ${number(values[most])} at ${label(most)}` });
    }

    // Entropy production at 21 values of c; those where it is infinite or not defined are left out.
    function drivePoints() {
        drive = drive || d3.range(0, 2.01, 0.1).map(c => [c, entropyAt(c)])
            .filter(([, value]) => Number.isFinite(value));
        return drive;
    }

    function drawDrive(element) {
        const points = drivePoints();
        const point = [state.c, entropyAt(state.c)];
        charts.curve(element, points, { point, xName: "c", yName: "nats per step",
            name: `Entropy production against c, from ${number(points[0][1])} at 0 to ${number(points[points.length - 1][1])} at 2` });
    }

    function drawCycles(element) {
        const items = head.cycles.map((cycle, which) => {
            const tokens = cycle.tokens.concat(cycle.tokens[0]).flatMap((token, at) =>
                [at ? " → " : "", html("bdi", { class: "token", title: String(token) }, label(token))]);
            const facts = [`affinity ${number(markov.number(cycle.affinity))} nats`]
                .concat(cycle.weight === undefined ? [] : `current ${number(markov.number(cycle.weight))} per step`);
            return html("li", {}, html("button", { type: "button", class: "cycle", "aria-pressed": String(state.cycle === which),
                click: () => chooseCycle(which) }, ...tokens), html("small", {}, " " + facts.join(", ")));
        });
        element.replaceChildren(...(items.length ? items : [html("li", { class: "reason" }, "No probability runs in cycles.")]));
    }

    function chooseCycle(which) {
        state.cycle = state.cycle === which ? null : which;
        $("cycles").querySelectorAll("button").forEach((button, at) => button.setAttribute("aria-pressed", String(state.cycle === at)));
        changed($("currents").querySelector(".plot"));
        if (state.cycle !== null) {
            $("currents").scrollIntoView({ block: "nearest" });
        }
    }

    function solutionText({ status, iterations, rowError, columnError, reason }) {
        const passes = `${iterations} ${iterations === 1 ? "pass" : "passes"}`;
        const errors = `rows are off by ${number(markov.number(rowError))}, columns by ${number(markov.number(columnError))}`;
        return (status ? `${sentence(status)} after ${passes}; ${errors}.` : "") + (reason ? ` ${sentence(reason)}.` : "");
    }

    function sentence(text) {
        return text.charAt(0).toUpperCase() + text.slice(1);
    }

    function drawSolution() {
        $("solution").textContent = state.coupling ? solutionText(head.couplings[state.coupling]) : "";
    }

    function drawPotentials(element) {
        const solution = head.couplings[state.coupling];
        const series = [{ name: "u (rows)", values: solution.u }, { name: "v (columns)", values: solution.v }]
            .filter(({ values }) => values).slice(0, state.coupling === "bistochastic-diffusion" ? 1 : 2);
        charts.potentials(element, series, { n, label, name: `Potentials of ${LABELS[state.coupling]}` });
    }

    function drawConvergence(element) {
        const solution = head.couplings[state.coupling];
        const trace = (solution.trace || []).map(each => ({ ...each, error: markov.number(each.error) }));
        charts.convergence(element, trace, { name: "Convergence: " + solutionText(solution) });
    }

    function drawBridge(element) {
        const { rho } = head.bridge;
        const steps = rho.length / n - 1;
        $("bridge-value").textContent = `${state.bridgeTime} of ${steps}`;
        $("bridge-ends").textContent = head.bridge.from ? `from ${head.bridge.from} to ${head.bridge.to}` : "";
        const at = rho.subarray(state.bridgeTime * n, (state.bridgeTime + 1) * n);
        charts.bars(element, at, { label, unit: "probability", max: Math.max(...rho), colour: placeColour,
            name: `The bridge's distribution at time ${state.bridgeTime} of ${steps}` });
        element.append(bridgeStrip(element, rho, steps));
    }

    function bridgeStrip(element, rho, steps) {
        const along = charts.textScale(element, n, 48, 6);
        const row = Math.max(8, Math.min(18, 120 / (steps + 1)));
        const canvas = html("canvas", { class: "strip-of-times", width: n, height: steps + 1, role: "img",
            "aria-label": "All times of the bridge, one row each" });
        const context = canvas.getContext("2d");
        const max = Math.max(...rho);
        const colour = heatmap.colours({ kind: "one", max, log: true, least: LEAST_OF_TIMES }, state.theme);
        for (let index = 0; index < rho.length; index++) {
            context.fillStyle = `rgb(${colour(rho[index])})`;
            context.fillRect(index % n, Math.floor(index / n), 1, 1);
        }
        // Parts of the width, so that the strip and the bars above it shrink together on paper.
        const part = pixels => `${100 * pixels / along.width}%`;
        canvas.style.cssText = `margin-left: ${part(48)}; width: ${part(along.step * n)}; height: ${row * (steps + 1)}px`;
        const now = html("div", { class: "now" });
        now.style.cssText = `left: ${part(46)}; width: ${part(along.step * n + 4)}; height: ${row}px; top: ${row * state.bridgeTime}px`;
        const names = [0, steps].map(time => {
            const name = html("span", { class: "time" }, time === 0 ? "time 0" : String(time));
            name.style.cssText = `width: ${part(42)}; top: ${row * time}px; line-height: ${row}px`;
            return name;
        });
        const times = html("div", { class: "times" }, canvas, now, ...names);
        times.style.width = along.width + "px";
        const viridis = heatmap.palette(state.theme).one;
        return html("div", {}, times, html("div", { class: "legend" },
            ...colourBar(at => `rgb(${viridis[Math.round(at * 255)]})`, "≤ " + number(LEAST_OF_TIMES * max),
                number(max) + ", logarithmic")));
    }

    // A token that is pointed at in one chart is emphasised in all.
    function emphasise(event) {
        const mark = event.target.closest("[data-token]");
        document.querySelectorAll(".here").forEach(each => each.classList.remove("here"));
        if (mark) {
            document.querySelectorAll(`[data-token="${mark.dataset.token}"]`).forEach(each => each.classList.add("here"));
        }
    }

    // ---- Controls ---------------------------------------------------------------------------------------------------------------

    function setTheme(theme) {
        state.theme = theme;
        document.documentElement.dataset.theme = theme;
        $("theme").textContent = theme === "dark" ? "Light" : "Dark";
        $("theme").setAttribute("aria-label", `Change to the ${theme === "dark" ? "light" : "dark"} theme`);
    }

    function onInput(id, change) {
        $(id).addEventListener("input", event => change(event.target.value));
    }

    function step(by) {
        const heads = sequence();
        const at = heads.indexOf(state.head) + by;
        open(heads[(at + heads.length) % heads.length], true);
    }

    function makeControls(plots) {
        options($("colour-by"), data.figures.map(({ name, label }) => [name, label]), state.colourBy);
        options($("thumbnail"), Object.entries(markov.LABELS), state.thumbnail);
        $("sort").value = state.sort;
        document.querySelector(`input[name=scale][value=${state.log ? "log" : "linear"}]`).checked = true;
        onInput("colour-by", value => { state.colourBy = value; drawOverview(); });
        onInput("sort", value => { state.sort = value; drawOverview(); });
        onInput("thumbnail", value => { state.thumbnail = value; changed(...document.querySelectorAll(".tile canvas")); });
        $("tiles").addEventListener("keydown", moveAmongTiles);
        $("head").addEventListener("pointerover", emphasise);
        document.querySelectorAll("input[name=scale]").forEach(input =>
            input.addEventListener("change", () => { state.log = input.value === "log"; picturesChanged(); }));
        onInput("order", value => { state.order = value; reorder(); picturesChanged(); });
        $("zoom-in").addEventListener("click", () => zoomBy(1.5));
        $("zoom-out").addEventListener("click", () => zoomBy(1 / 1.5));
        $("zoom-all").addEventListener("click", () => setView({ k: 1, x: 0, y: 0 }));
        $("previous").addEventListener("click", () => step(-1));
        $("next").addEventListener("click", () => step(1));
        onInput("time", value => {
            state.time = Number(value);
            $("time-value").textContent = value;
            changed(plots.diffusion, plots.magnetic, plots.spectrum);
        });
        onInput("horizontal", value => { state.horizontal = Number(value); changed(plots.diffusion); });
        onInput("vertical", value => { state.vertical = Number(value); changed(plots.diffusion); });
        onInput("vector", value => { state.vector = Number(value); changed(plots.magnetic); });
        onInput("coupling", value => { state.coupling = value; drawSolution(); changed(plots.potentials, plots.convergence); });
        onInput("bridge-time", value => { clearInterval(playing); setBridgeTime(Number(value), plots); });
        $("bridge-play").addEventListener("click", () => play(plots));
        themes();
        printing();
        let width = innerWidth;
        addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; everythingChanged(); } });
    }

    // The theme follows the system until the reader chooses one.
    function themes() {
        let chosen = false;
        $("theme").addEventListener("click", () => {
            chosen = true;
            setTheme(state.theme === "dark" ? "light" : "dark");
            everythingChanged();
        });
        const preference = matchMedia("(prefers-color-scheme: dark)");
        preference.addEventListener("change", () => {
            if (!chosen) {
                setTheme(preference.matches ? "dark" : "light");
                everythingChanged();
            }
        });
    }

    function setBridgeTime(time, plots) {
        state.bridgeTime = time;
        $("bridge-time").value = time;
        changed(plots.bridge);
    }

    let playing = 0;
    function play(plots) {
        clearInterval(playing);
        setBridgeTime(0, plots);
        playing = setInterval(() => {
            const steps = Number($("bridge-time").max);
            if (state.bridgeTime >= steps) {
                clearInterval(playing);
            } else {
                setBridgeTime(state.bridgeTime + 1, plots);
            }
        }, 700);
    }

    // Paper is light, and all that is out of sight is drawn.
    function printing() {
        let before = null;
        addEventListener("beforeprint", () => {
            before = { theme: state.theme, text: $("text").open };
            $("text").open = true;
            setTheme("light");
            everythingChanged();
            drawStale(() => true, Infinity);
        });
        addEventListener("afterprint", () => {
            setTheme(before.theme);
            $("text").open = before.text;
            everythingChanged();
        });
    }

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

    // ---- What tests and the curious may use -------------------------------------------------------------------------------------

    const page = gatun.page = {
        state, data, openedIn: null, open,
        // The value of entry (i, j) of a picture, the colour it should have, and the pixel in the middle of its cell. Draws it if need be.
        cell(regime, i, j) {
            const each = cards.get(regime);
            const drawing = drawings.get(each.wrap);
            if (drawing.stale) {
                drawing.stale = false;
                drawing.draw();
            }
            const found = matrix(regime);
            const index = i * n + j;
            const { x, y } = heatmap.middle(each.place, order.indexOf(i), order.indexOf(j));
            const ratio = each.canvas.width / each.canvas.clientWidth;
            const pixel = each.canvas.getContext("2d").getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data;
            const expected = found.hidden && found.hidden[index] ? heatmap.palette(state.theme).hidden
                : heatmap.colours(scaleOf(found), state.theme)(found.re[index], found.im ? found.im[index] : 0);
            return { i, j, row: order.indexOf(i), column: order.indexOf(j), x, y, value: found.re[index],
                imaginary: found.im ? found.im[index] : null, expected, pixel: Array.from(pixel).slice(0, 3) };
        },
        order: () => order.slice(),
        sequence
    };

    function start() {
        setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
        about();
        drawTokens();
        const single = data.heads.length === 1;
        $("overview").classList.toggle("single", single);
        $("previous").hidden = $("next").hidden = single;
        document.body.classList.toggle("long-text", n > 48);
        makeCards();
        const coupling = () => head.couplings[state.coupling];
        const spectra = () => [head.diffusion, head.magnetic].some(part => part && (part.spectrum || part.values).length);
        const plots = {
            diffusion: plot("diffusion-map", () => hasDiffusion() && head.diffusion.coordinates.every(Number.isFinite),
                () => head.diffusion, drawDiffusionMap, () => noMap(hasDiffusion())),
            magnetic: plot("magnetic-map", () => hasMagnetic() && [head.magnetic.real, head.magnetic.imaginary].every(part =>
                part.every(Number.isFinite)), () => head.magnetic, drawMagneticMap, () => noMap(hasMagnetic())),
            spectrum: plot("spectrum", spectra, () => head.diffusion, drawSpectrum),
            currents: plot("currents", () => head.currents && head.currents.length, () => head.dynamics, drawCurrents,
                () => "No probability moves without coming back the same way."),
            stationary: plot("stationary", () => head.stationary, () => head.dynamics, drawStationary),
            entropy: plot("entropy", () => head.entropyProductionByToken, () => head.dynamics, drawEntropy),
            drive: plot("drive", () => n <= MAX_LIVE_TOKENS && drivePoints().length === 21, () => null, drawDrive,
                () => n > MAX_LIVE_TOKENS ? `Drawn for up to ${MAX_LIVE_TOKENS} tokens.`
                    : "Not drawn: some steps have no reverse, or the stationary distribution is not unique."),
            potentials: plot("potentials", () => coupling() && coupling().u, coupling, drawPotentials),
            convergence: plot("convergence", () => coupling() && (coupling().trace || []).length,
                () => coupling() && coupling().u ? null : coupling(), drawConvergence,
                () => "The passes of this solve are not recorded."),
            bridge: plot("bridge", () => head.bridge && head.bridge.rho, () => head.bridge, drawBridge)
        };
        const cycles = $("cycles").querySelector("ol");
        drawn(cycles, () => head.cycles && drawCycles(cycles));
        makeControls(plots);
        drawOverview();
        open(sequence()[0], false);
    }

    start();
}
