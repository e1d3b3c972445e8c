"use strict";
// The overview: a tile for each head, with a small picture of a matrix and one figure as colour and number.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, heatmap, drawing, state } = gatun;
    const { html, number } = gatun.charts;
    const { $, onInput, options, anchor, colourBar } = gatun.elements;
    const { data, n } = state;

    const MAX_COLUMNS = 16;             // heads of a layer that fit side by side

    const chosen = { figure: data.figures.length ? data.figures[0].name : null, sort: "down", thumbnail: "attention" };
    const severalBatches = data.heads.some(({ head }) => head[0] !== data.heads[0].head[0]);
    let open = null;                    // opens the head of a number

    function name({ head: [first, which] }) {
        return data.layers ? `Layer ${first}, head ${which}` : severalBatches ? `Batch entry ${first}, head ${which}` : `Head ${which}`;
    }

    function shortName({ head: [first, which] }) {
        return data.layers || severalBatches ? `${first} · ${which}` : String(which);
    }

    function figureOf(index, figure) {
        return markov.number((data.heads[index].figures || {})[figure]);
    }

    function chosenFigure() {
        return data.figures.find(({ name }) => name === chosen.figure);
    }

    // The heads in the order of the tiles.
    function sequence() {
        const all = data.heads.map((stored, index) => index);
        if (chosen.sort === "model" || !chosenFigure()) {
            return all;
        }
        const sign = chosen.sort === "up" ? 1 : -1;
        const key = index => figureOf(index, chosen.figure);
        const rank = (a, b) => Number.isNaN(a) - Number.isNaN(b) || (a === b ? 0 : sign * (a < b ? -1 : 1)) || 0;
        return all.sort((a, b) => rank(key(a), key(b)) || a - b);
    }

    // From a figure of a head to [0, 1], between the least and the largest of all heads.
    function figureScale() {
        const figure = chosenFigure();
        const finite = data.heads.map((stored, index) => figureOf(index, chosen.figure)).filter(Number.isFinite);
        const log = figure && figure.log && finite.every(x => x > 0);
        const [low, high] = finite.length ? d3.extent(finite) : [0, 1];
        const around = log ? [low / 2, low * 2] : [low - 1, low + 1];
        const scale = (log ? d3.scaleLog() : d3.scaleLinear()).domain(low === high ? around : [low, high]);
        return { low, high, log, at: value => value === Infinity ? 1 : scale(value) };
    }

    function figureColour(at) {
        return Number.isNaN(at) ? "var(--hidden)" : d3.interpolateCividis(Math.min(1, Math.max(0, at)));
    }

    function draw() {
        const figure = chosenFigure();
        $("overview-sentence").textContent = figure ? figure.sentence : "Each picture is the attention of one head.";
        $("overview-definition").href = anchor(figure && figure.definition);
        $("tile-names").textContent = data.layers ? ", named by its layer and its number there" : "";
        const scale = figureScale();
        drawLegend(figure, scale);
        thumbnails().forEach(drawing.remove);
        layerByLayer();
        $("tiles").replaceChildren(...sequence().map(index => tileOf(index, figure, scale)));
        markOpenTile();
    }

    function thumbnails() {
        return $("tiles").querySelectorAll(".tile canvas");
    }

    // The stored order of a model has one row for each layer, if the page is wide enough.
    function layerByLayer() {
        const columns = 1 + Math.max(...data.heads.map(({ head }) => head[1]));
        $("tiles").classList.toggle("by-layer", Boolean(data.layers) && chosen.sort === "model" && columns <= MAX_COLUMNS);
        $("tiles").style.setProperty("--columns", columns);
    }

    function tileOf(index, figure, scale) {
        const stored = data.heads[index];
        const value = figure ? figureOf(index, figure.name) : NaN;
        const canvas = html("canvas", { "aria-hidden": "true" });
        const tile = html("button", {
            type: "button", class: "tile", "data-head": index,
            "aria-label": name(stored) + (figure ? `, ${figure.label} ${number(value)} ${figure.unit || ""}` : ""),
            click: () => open(index)
        }, canvas, html("span", { class: "tile-name" }, shortName(stored)),
            html("span", { class: "tile-value" }, figure ? number(value) : ""));
        tile.style.setProperty("--figure", figure ? figureColour(scale.at(value)) : "transparent");
        drawing.add(canvas, () => drawThumbnail(canvas, index));
        return tile;
    }

    function drawThumbnail(canvas, index) {
        const matrix = markov.operator(chosen.thumbnail, state.decode(index), { c: state.c });
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

    // The slider of circulation has moved.
    function circulationChanged() {
        if (chosen.thumbnail === "circulation") {
            drawing.changed(...thumbnails());
        }
    }

    // Makes the controls and the tiles; a tile that is chosen opens the head of its number.
    function start(openHead) {
        open = openHead;
        options($("colour-by"), data.figures.map(({ name, label }) => [name, label]), chosen.figure);
        options($("thumbnail"), Object.entries(markov.LABELS), chosen.thumbnail);
        $("sort").value = chosen.sort;
        onInput("colour-by", value => { chosen.figure = value; draw(); });
        onInput("sort", value => { chosen.sort = value; draw(); });
        onInput("thumbnail", value => { chosen.thumbnail = value; drawing.changed(...thumbnails()); });
        $("tiles").addEventListener("keydown", moveAmongTiles);
        draw();
    }

    gatun.overview = { start, headOpened: markOpenTile, circulationChanged, name, figureOf, sequence };
}
