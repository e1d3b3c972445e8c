"use strict";
// Matrices as pixels: one cell of a matrix is one rectangle of a canvas. Colours are tables of 256 steps, so that a cell's colour follows
// from its value alone.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const STEPS = 256;
    const SMALLEST = 1e-6;      // where the logarithmic scale ends, relative to a largest entry below 1

    // 256 colours of an interpolator of D3 as [r, g, b].
    function table(interpolate) {
        return Array.from({ length: STEPS }, (unused, step) => {
            const { r, g, b } = d3.rgb(interpolate(step / (STEPS - 1)));
            return [Math.round(r), Math.round(g), Math.round(b)];
        });
    }

    // Negative is orange, positive purple, 0 the colour of the paper.
    const lightDiverging = t => d3.interpolatePuOr(1 - t);
    const darkDiverging = () => d3.piecewise(d3.interpolateLab, ["#ffc46b", "#b35806", "#23232b", "#6a51a3", "#cbc6ee"]);
    const tables = {
        light: { one: () => d3.interpolateViridis, two: () => lightDiverging, hidden: [226, 226, 230], none: [255, 255, 255] },
        dark: { one: () => d3.interpolateViridis, two: darkDiverging, hidden: [44, 45, 52], none: [16, 17, 22] }
    };
    const made = {};

    function palette(theme) {
        if (!made[theme]) {
            const { one, two, hidden, none } = tables[theme];
            made[theme] = { one: table(one()), two: table(two()), phase: table(d3.interpolateSinebow), hidden, none };
        }
        return made[theme];
    }

    // The entry with which the logarithmic scale of a matrix begins.
    function least(max, smallest = SMALLEST) {
        return smallest * Math.min(1, max);
    }

    // A scale {kind: "one" | "two" | "phase", max, log, least?} as a function from a value to its position in [0, 1]; NaN if it has none.
    // The logarithmic scale of a kind "one" begins at least times a max below 1.
    function position({ kind, max, log, least: smallest }) {
        const first = least(max, smallest);
        const range = Math.log(max / first);
        const size = log
            ? kind === "two" ? value => Math.log1p(value) / Math.log1p(max) : value => value <= first ? 0 : Math.log(value / first) / range
            : value => value / max;
        const within = value => Math.min(1, Math.max(0, size(value)));
        return kind === "two"
            ? value => Number.isFinite(value) ? 0.5 + 0.5 * Math.sign(value) * within(Math.abs(value)) : NaN
            : value => Number.isFinite(value) ? within(value) : NaN;
    }

    // A scale as a function from an entry to its colour [r, g, b]. A complex entry has its phase as hue and its modulus as strength.
    function colours(scale, theme) {
        const { hidden, none, phase, ...tables } = palette(theme);
        const at = position(scale);
        if (scale.kind === "phase") {
            return (real, imaginary) => {
                const strength = at(Math.hypot(real, imaginary));
                const turn = (Math.atan2(imaginary, real) / (2 * Math.PI) + 1) % 1;
                const hue = phase[Math.round(turn * (STEPS - 1))];
                return Number.isNaN(strength) ? hidden : hue.map((x, c) => Math.round(none[c] + strength * (x - none[c])));
            };
        }
        const steps = tables[scale.kind];
        return value => {
            const place = at(value);
            return Number.isNaN(place) ? hidden : steps[Math.round(place * (STEPS - 1))];
        };
    }

    // The matrix {re, im?, hidden?} as an image of n x n pixels, with rows and columns in the given order of tokens.
    function image(matrix, order, scale, theme) {
        const n = order.length;
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = n;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        const pixels = context.createImageData(n, n);
        const colour = colours(scale, theme);
        const { hidden } = palette(theme);
        for (let row = 0, at = 0; row < n; row++) {
            for (let column = 0; column < n; column++, at += 4) {
                const index = order[row] * n + order[column];
                const rgb = matrix.hidden && matrix.hidden[index] ? hidden : colour(matrix.re[index], matrix.im ? matrix.im[index] : 0);
                pixels.data[at] = rgb[0];
                pixels.data[at + 1] = rgb[1];
                pixels.data[at + 2] = rgb[2];
                pixels.data[at + 3] = 255;
            }
        }
        context.putImageData(pixels, 0, 0);
        return canvas;
    }

    // The largest modulus of a matrix's finite entries; 1 if all are 0, so that a scale exists.
    function largest(matrix) {
        let max = 0;
        for (let index = 0; index < matrix.re.length; index++) {
            const size = matrix.im ? Math.hypot(matrix.re[index], matrix.im[index]) : Math.abs(matrix.re[index]);
            if (Number.isFinite(size) && size > max) {
                max = size;
            }
        }
        return max || 1;
    }

    // A small picture without labels. If cells are smaller than pixels, they are averaged.
    function thumbnail(canvas, picture, side) {
        const ratio = globalThis.devicePixelRatio || 1;
        canvas.width = canvas.height = Math.round(side * ratio);
        const context = canvas.getContext("2d");
        context.imageSmoothingEnabled = picture.width > canvas.width;
        context.imageSmoothingQuality = "high";
        context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    }

    // Where the cells of an n x n matrix lie on a canvas: the margin for labels in CSS pixels, and the view {k, x, y} of the zoom.
    function layout(width, n, left, view) {
        const side = width - left;
        return { left, top: left, side, n, cell: side / n * view.k, x: view.x, y: view.y };
    }

    function cellAt(place, px, py) {
        const column = Math.floor((px - place.left - place.x) / place.cell);
        const row = Math.floor((py - place.top - place.y) / place.cell);
        const inside = px >= place.left && py >= place.top && row >= 0 && column >= 0 && row < place.n && column < place.n;
        return inside ? { row, column } : null;
    }

    function middle(place, row, column) {
        return { x: place.left + place.x + (column + 0.5) * place.cell, y: place.top + place.y + (row + 0.5) * place.cell };
    }

    // First strong isolate and its end, so that a right-to-left token does not turn its neighbours.
    function isolated(text) {
        return "\u2068" + text + "\u2069";
    }

    function shortened(text, length) {
        const points = Array.from(text);
        return points.length <= length ? text : points.slice(0, length - 1).join("") + "…";
    }

    // Draws a matrix with labelled rows and columns.
    // Options: width, margin, order, label(token), view, ink, font.
    function draw(canvas, picture, options) {
        const ratio = globalThis.devicePixelRatio || 1;
        const place = layout(options.width, options.order.length, options.margin, options.view);
        canvas.width = canvas.height = Math.round(options.width * ratio);
        canvas.style.width = canvas.style.height = options.width + "px";
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.scale(ratio, ratio);
        context.save();
        context.beginPath();
        context.rect(place.left, place.top, place.side, place.side);
        context.clip();
        context.imageSmoothingEnabled = place.cell * ratio < 1;
        context.imageSmoothingQuality = "high";
        const extent = place.cell * place.n;
        context.drawImage(picture, place.left + place.x, place.top + place.y, extent, extent);
        context.restore();
        labels(context, place, options);
        return place;
    }

    function labels(context, place, options) {
        const size = Math.max(8, Math.min(12, place.cell * 0.9));
        const every = Math.max(1, Math.ceil((size + 1) / place.cell));
        context.font = size + "px " + options.font;
        context.fillStyle = options.ink;
        context.textBaseline = "middle";
        const length = Math.max(3, Math.floor((place.left - 6) / (size * 0.52)));
        for (let at = 0; at < place.n; at += every) {
            const text = isolated(shortened(options.label(options.order[at]), length));
            const { x, y } = middle(place, at, at);
            if (y >= place.top && y <= place.top + place.side) {
                context.textAlign = "right";
                context.fillText(text, place.left - 4, y, place.left - 4);
            }
            if (x >= place.left && x <= place.left + place.side) {
                context.save();
                context.translate(x, place.top - 4);
                context.rotate(-Math.PI / 2);
                context.textAlign = "left";
                context.fillText(text, 0, 0, place.top - 4);
                context.restore();
            }
        }
    }

    gatun.heatmap = { palette, colours, image, largest, thumbnail, cellAt, middle, isolated, shortened, draw, least };
}
