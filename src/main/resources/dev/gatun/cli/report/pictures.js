"use strict";
// The cards with pictures of the regimes. All have the same order of tokens, the same zoom and the same marked cell.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, heatmap, drawing, regimes, state } = gatun;
    const { html, number, zooms } = gatun.charts;
    const { $, onInput, anchor, colourBar, say } = gatun.elements;
    const { n, label, hasDiffusion, entropyAt } = state;

    const MAX_LINEAR_TOKENS = 256;      // up to which single entries are seen on a linear scale
    const MAX_ZOOM = Math.max(1, n / 6);

    let log = n > MAX_LINEAR_TOKENS;    // whether the scale is logarithmic
    let chosenOrder = "text";
    let order = [];                     // the tokens from top to bottom, and from left to right
    let view = { k: 1, x: 0, y: 0 };    // the zoom, and where it has moved the pictures, in sides of a picture
    let marked = null;                  // the pair of tokens {i, j} that is pointed at
    let enlarged = null;                // the regime whose picture is large
    const cards = new Map();            // regime -> its elements, and where its cells lie; null if it is not drawn

    // ---- Cards ------------------------------------------------------------------------------------------------------------------

    function makeCard(regime, setCirculation) {
        const canvas = html("canvas",
            { tabindex: 0, role: "application", "aria-roledescription": "heatmap", "aria-label": regimes.LABELS[regime] });
        const mark = html("div", { class: "mark", hidden: true });
        const value = html("output", { class: "value" });
        const scale = html("div", { class: "legend" });
        const wrap = html("div", { class: "canvas" }, canvas, mark);
        const card = html("figure", { class: "card map", "data-regime": regime },
            html("figcaption", {}, html("h4", {}, regimes.LABELS[regime], enlargeButton(regime)),
                html("p", {}, regimes.SENTENCES[regime] + " ", html("a", { href: anchor(regime) }, "Definition"))),
            regime === "circulation" ? circulationSlider(setCirculation) : null, wrap, html("div", { class: "under" }, scale, value));
        cards.set(regime, { card, canvas, mark, value, scale, wrap, place: null });
        $("maps").append(card);
        listen(regime, canvas);
        drawing.add(wrap, () => drawCard(regime));
    }

    function enlargeButton(regime) {
        return html("button", { type: "button", class: "enlarge", title: "Enlarge", "aria-label": "Enlarge " + regimes.LABELS[regime],
            click: () => enlarge(regime) }, "⤢");
    }

    function circulationSlider(setCirculation) {
        return html("label", { class: "slider" }, "c ",
            html("input", { type: "range", id: "circulation", min: 0, max: 2, step: 0.01, value: 1, list: "circulation-marks",
                input: event => setCirculation(Number(event.target.value)) }),
            html("datalist", { id: "circulation-marks" }, ...[0, 1, 2].map(value => html("option", { value }))),
            html("output", { id: "circulation-value" }, "1"));
    }

    function scaleOf(found) {
        return { kind: found.kind, max: found.max, log };
    }

    function drawCard(regime) {
        const each = cards.get(regime);
        const found = regimes.matrix(regime);
        each.card.classList.toggle("missing", !found);
        each.card.classList.toggle("large", enlarged === regime);
        if (!found) {
            each.value.textContent = regimes.whyMissing(regime);
            each.place = null;
            return;
        }
        const available = each.card.querySelector("figcaption").clientWidth;
        const width = enlarged === regime ? Math.min(available, Math.max(320, innerHeight - 170)) : available;
        const style = getComputedStyle(document.body);
        each.place = heatmap.draw(each.canvas, heatmap.image(found, order, scaleOf(found), state.theme),
            { width, margin: marginOf(width), order, label, view: pixelView(width), ink: style.color, font: style.fontFamily });
        each.canvas.__zoom = transformOf(each.place);
        each.canvas.setAttribute("aria-label", `${regimes.LABELS[regime]}. ${regimes.describe(found)}`);
        drawScale(each.scale, found);
        placeMark(each);
        showValue(regime);
        if (regime === "circulation") {
            $("circulation-value").textContent = state.c.toFixed(2) + circulationEntropy();
        }
    }

    function circulationEntropy() {
        const entropy = entropyAt(state.c);
        return Number.isNaN(entropy) ? "" : `, entropy production ${number(entropy)}`;
    }

    function drawScale(element, found) {
        const colours = heatmap.palette(state.theme)[found.kind];
        const least = found.kind === "two" ? number(-found.max) : log ? "≤ " + number(heatmap.least(found.max)) : "0";
        const [low, high] = found.kind === "phase" ? ["phase 0", `2π; strongest at ${number(found.max)}`] : [least, number(found.max)];
        element.replaceChildren(...colourBar(at => `rgb(${colours[Math.round(at * 255)]})`, low, high));
    }

    // As wide as the longest label needs, in the font of the labels.
    function marginOf(width) {
        const longest = Math.max(...d3.range(n).map(token => Math.min(12, label(token).length)));
        return Math.round(Math.min(92, width * 0.2, 12 + 7 * longest));
    }

    function enlarge(regime) {
        const before = enlarged;
        enlarged = regime === before ? null : regime;
        for (const [each, { card, wrap }] of cards) {
            card.classList.toggle("large", each === enlarged);
            card.querySelector(".enlarge").setAttribute("aria-pressed", String(each === enlarged));
            if (each === before || each === regime) {
                drawing.changed(wrap);
            }
        }
        if (regime || before) {
            cards.get(regime || before).card.scrollIntoView({ block: enlarged ? "start" : "nearest" });
        }
    }

    // All pictures change together.
    function changed() {
        drawing.changed(...Array.from(cards.values(), ({ wrap }) => wrap));
    }

    // ---- Order of tokens --------------------------------------------------------------------------------------------------------

    function reorder() {
        const { diffusion, stationary } = state.opened;
        const m = hasDiffusion() ? diffusion.values.length : 0;
        const keys = chosenOrder === "diffusion" && m ? d3.range(n).map(token => diffusion.coordinates[token * m])
            : chosenOrder === "stationary" && stationary ? Array.from(stationary, x => -x) : d3.range(n);
        order = markov.orderBy(keys);
    }

    function offerOrders() {
        for (const choice of $("order").options) {
            choice.disabled = choice.value === "diffusion" && !hasDiffusion() || choice.value === "stationary" && !state.opened.stationary;
        }
    }

    // ---- Zoom -------------------------------------------------------------------------------------------------------------------

    function pixelView(width) {
        const side = width - marginOf(width);
        return { k: view.k, x: view.x * side, y: view.y * side };
    }

    // The transform of D3's zoom that belongs to the view: it moves the labels' margin as well, the view does not.
    function transformOf(place) {
        const { k } = view;
        return d3.zoomIdentity.translate(place.x - (k - 1) * place.left, place.y - (k - 1) * place.top).scale(k);
    }

    function viewOf(regime, { k, x, y }) {
        const { place } = cards.get(regime);
        return { k, x: ((k - 1) * place.left + x) / place.side, y: ((k - 1) * place.top + y) / place.side };
    }

    function plotOf(regime) {
        const { place } = cards.get(regime);
        return place ? [[place.left, place.top], [place.left + place.side, place.top + place.side]] : [[0, 0], [1, 1]];
    }

    function setView({ k, x, y }) {
        const clamp = z => Math.min(0, Math.max(1 - k, z));
        view = { k, x: clamp(x), y: clamp(y) };
        changed();
    }

    function zoomOut() {
        setView({ k: 1, x: 0, y: 0 });
    }

    // Zooms about the marked cell, or the middle.
    function zoomBy(factor) {
        const k = Math.min(MAX_ZOOM, Math.max(1, view.k * factor));
        const [row, column] = marked ? [order.indexOf(marked.i), order.indexOf(marked.j)] : [n / 2, n / 2];
        setView({ k, x: 0.5 - (column + 0.5) / n * k, y: 0.5 - (row + 0.5) / n * k });
    }

    function keepInView(regime) {
        const { place } = cards.get(regime);
        if (view.k > 1 && place) {
            const at = placeOf(place, marked);
            const outside = x => x < place.left || x > place.left + place.side;
            if (outside(at.x) || outside(at.y)) {
                zoomBy(1);
            }
        }
    }

    // ---- The marked cell --------------------------------------------------------------------------------------------------------

    function listen(regime, canvas) {
        const zoom = d3.zoom().scaleExtent([1, MAX_ZOOM])
            .extent(() => plotOf(regime)).filter(event => zooms(event) && (view.k > 1 || event.type !== "mousedown"))
            .on("start", () => zoom.translateExtent(plotOf(regime)))
            .on("zoom", event => event.sourceEvent && setView(viewOf(regime, event.transform)));
        d3.select(canvas).call(zoom);
        canvas.addEventListener("pointermove", event => point(regime, event));
        canvas.addEventListener("pointerdown", event => point(regime, event));
        canvas.addEventListener("keydown", event => pressed(regime, event));
        canvas.addEventListener("focus", () => {
            if (!marked) {
                setMarked(order[0], order[0]);
            }
        });
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
            "0": zoomOut }[event.key];
        if (!step && !does || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        event.preventDefault();
        if (does) {
            does();
        } else {
            const { i, j } = marked || { i: order[0], j: order[0] };
            const within = x => Math.min(n - 1, Math.max(0, x));
            setMarked(order[within(order.indexOf(i) + step[0])], order[within(order.indexOf(j) + step[1])]);
            keepInView(regime);
            say(`row ${marked.i} ${label(marked.i)}, column ${marked.j} ${label(marked.j)}: ${valueOf(regime)}`);
        }
    }

    function setMarked(i, j) {
        if (marked && marked.i === i && marked.j === j) {
            return;
        }
        marked = { i, j };
        $("pointed").replaceChildren("i = ", html("b", {}, String(i)), " ", html("bdi", { class: "token" }, label(i)),
            "  →  j = ", html("b", {}, String(j)), " ", html("bdi", { class: "token" }, label(j)));
        for (const [regime, each] of cards) {
            placeMark(each);
            showValue(regime);
        }
    }

    // The middle of the cell of a pair, in CSS pixels of a canvas.
    function placeOf(place, { i, j }) {
        return heatmap.middle(place, order.indexOf(i), order.indexOf(j));
    }

    function placeMark({ mark, place }) {
        mark.hidden = !marked || !place;
        if (mark.hidden) {
            return;
        }
        const { x, y } = placeOf(place, marked);
        const side = Math.max(place.cell, 5);
        const inside = z => z >= place.left && z <= place.left + place.side;
        mark.hidden = !inside(x) || !inside(y);
        mark.style.left = x - side / 2 + "px";
        mark.style.top = y - side / 2 + "px";
        mark.style.width = mark.style.height = side + "px";
    }

    function valueOf(regime) {
        const found = regimes.matrix(regime);
        return found && marked ? regimes.valueText(found, marked.i * n + marked.j) : "";
    }

    // Only pictures that are drawn have a value to show; the others compute it when they come into sight.
    function showValue(regime) {
        const each = cards.get(regime);
        if (each.place) {
            each.value.textContent = valueOf(regime);
        }
    }

    // ---- What the page calls ----------------------------------------------------------------------------------------------------

    // Makes the cards and their controls; the slider of circulation hands its value on.
    function start(setCirculation) {
        Object.keys(regimes.SENTENCES).forEach(regime => makeCard(regime, setCirculation));
        document.querySelector(`input[name=scale][value=${log ? "log" : "linear"}]`).checked = true;
        document.querySelectorAll("input[name=scale]").forEach(input =>
            input.addEventListener("change", () => { log = input.value === "log"; changed(); }));
        onInput("order", value => { chosenOrder = value; reorder(); changed(); });
        $("zoom-in").addEventListener("click", () => zoomBy(1.5));
        $("zoom-out").addEventListener("click", () => zoomBy(1 / 1.5));
        $("zoom-all").addEventListener("click", zoomOut);
    }

    function headOpened() {
        regimes.headOpened();
        reorder();
        offerOrders();
        changed();
    }

    function circulationChanged() {
        regimes.circulationChanged();
        drawing.changed(cards.get("circulation").wrap);
    }

    // The value of entry (i, j) of a picture, the colour it should have, and the pixel in the middle of its cell. Draws it if need be.
    function cell(regime, i, j) {
        const each = cards.get(regime);
        drawing.drawNow(each.wrap);
        const found = regimes.matrix(regime);
        const index = i * n + j;
        const { x, y } = placeOf(each.place, { i, j });
        const ratio = each.canvas.width / each.canvas.clientWidth;
        const pixel = each.canvas.getContext("2d").getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data;
        const expected = found.hidden && found.hidden[index] ? heatmap.palette(state.theme).hidden
            : heatmap.colours(scaleOf(found), state.theme)(found.re[index], found.im ? found.im[index] : 0);
        return { i, j, row: order.indexOf(i), column: order.indexOf(j), x, y, value: found.re[index],
            imaginary: found.im ? found.im[index] : null, expected, pixel: Array.from(pixel).slice(0, 3) };
    }

    gatun.pictures = { start, headOpened, circulationChanged, cell, order: () => order.slice() };
}
