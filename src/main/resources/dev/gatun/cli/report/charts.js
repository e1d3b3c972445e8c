"use strict";
// Charts as SVG: bars along the text, arcs over it, points, lines and eigenvalues. Each function draws one chart into an element in place
// of what was there. Axes and scales are D3's; text is set as text, never as markup.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const NAMESPACE = "http://www.w3.org/2000/svg";
    const TOKEN_WIDTH = 10;         // CSS pixels that a token needs for its label
    const MAX_TOKEN_WIDTH = 22;
    const NONE = "none";            // in place of a number that does not exist

    function fill(node, attributes, children) {
        for (const [name, value] of Object.entries(attributes || {})) {
            if (typeof value === "function") {
                node.addEventListener(name, value);
            } else if (value !== null && value !== undefined && value !== false) {
                node.setAttribute(name, value === true ? "" : value);
            }
        }
        node.append(...children.flat().filter(child => child !== null && child !== undefined));
        return node;
    }

    // An HTML element; a child that is a string becomes text, an attribute that is a function a listener.
    function html(name, attributes, ...children) {
        return fill(document.createElement(name), attributes, children);
    }

    function svg(name, attributes, ...children) {
        return fill(document.createElementNS(NAMESPACE, name), attributes, children);
    }

    // A number in three significant digits.
    function number(value) {
        if (value === Infinity || value === -Infinity) {
            return value > 0 ? "∞" : "−∞";
        }
        if (value === null || value === undefined || Number.isNaN(value)) {
            return NONE;
        }
        const size = Math.abs(value);
        const text = size === 0 ? "0" : size >= 1e-3 && size < 1e5
            ? String(Number(value.toPrecision(3))) : value.toExponential(2).replace("e+", "e");
        return text.replace("-", "−").replace("e-", "e−");
    }

    function frame(element, width, height, label) {
        const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
        element.replaceChildren(root);
        return root;
    }

    function axis(root, make, x, y) {
        const group = svg("g", { class: "axis", transform: `translate(${x},${y})` });
        root.append(group);
        d3.select(group).call(make);
        return group;
    }

    // The name of a vertical axis, above it.
    function axisName(root, text) {
        root.append(svg("text", { class: "name", x: 4, y: 10 }, text));
    }

    function tooltip(text) {
        return svg("title", {}, text);
    }

    // The horizontal places of n tokens: as wide as the element if the labels fit, wider with a scroll bar if not.
    function textScale(element, n, left, right) {
        const available = element.clientWidth || 600;
        const least = n > 256 ? 3 : TOKEN_WIDTH;
        const width = Math.max(available, left + right + n * least);
        const step = Math.min(MAX_TOKEN_WIDTH, (width - left - right) / n);
        const needed = step === MAX_TOKEN_WIDTH ? Math.max(280, left + right + n * step) : width;
        return { step, x: token => left + (token + 0.5) * step, width: needed };
    }

    // Labels of the tokens, turned, those left out that would overlap.
    function tokenLabels(root, along, n, y, label, anchor) {
        const every = Math.max(1, Math.ceil(9 / along.step));
        const group = svg("g", { class: "tokens", "aria-hidden": "true" });
        for (let token = 0; token < n; token += every) {
            const transform = `translate(${along.x(token)},${y}) rotate(-90)`;
            group.append(svg("text", { "data-token": token, transform, "text-anchor": anchor, dy: "0.32em" },
                gatun.heatmap.isolated(gatun.heatmap.shortened(label(token), 10)), tooltip(token + " " + label(token))));
        }
        root.append(group);
    }

    // Values as bars along the text. Options: label(token), unit, name, colour(token), max.
    function bars(element, values, options) {
        const n = values.length;
        const margin = { left: 48, right: 6, top: 22, bottom: 72 };
        const height = 250;
        const along = textScale(element, n, margin.left, margin.right);
        const finite = Array.from(values).filter(Number.isFinite);
        const max = options.max || Math.max(0, ...finite);
        const min = Math.min(0, ...finite);
        const y = d3.scaleLinear([min, max > min ? max : min + 1], [height - margin.bottom, margin.top]);
        const root = frame(element, along.width, height, options.name);
        axis(root, d3.axisLeft(y).ticks(4).tickFormat(number), margin.left, 0);
        axisName(root, options.unit);
        const group = svg("g");
        for (let token = 0; token < n; token++) {
            const value = values[token];
            const end = y(Number.isFinite(value) ? value : max);
            group.append(svg("rect", {
                class: Number.isFinite(value) ? "bar" : "bar infinite", "data-token": token, x: along.x(token) - along.step * 0.4,
                width: along.step * 0.8, y: Math.min(y(0), end), height: Math.max(0.5, Math.abs(y(0) - end)),
                fill: options.colour ? options.colour(token) : null
            }, tooltip(`${token} ${options.label(token)}: ${number(value)} ${options.unit || ""}`)));
        }
        root.append(group);
        tokenLabels(root, along, n, height - margin.bottom + 6, options.label, "end");
        return root;
    }

    // Two series of potentials along the text as points on stems.
    function potentials(element, series, options) {
        const n = options.n;
        const margin = { left: 48, right: 6, top: 26, bottom: 72 };
        const height = 260;
        const along = textScale(element, n, margin.left, margin.right);
        const finite = series.flatMap(({ values }) => Array.from(values)).filter(Number.isFinite);
        const [low, high] = d3.extent(finite.concat(0));
        const room = high - low > 1e-6 ? 0 : 1;
        const y = d3.scaleLinear([low - room, high + room], [height - margin.bottom, margin.top]).nice();
        const root = frame(element, along.width, height, options.name);
        axis(root, d3.axisLeft(y).ticks(5).tickFormat(number), margin.left, 0);
        root.append(svg("line", { class: "zero", x1: margin.left, x2: along.x(n - 0.5), y1: y(0), y2: y(0) }));
        series.forEach(({ values, name }, which) => {
            const points = Array.from(values, (value, token) => Number.isFinite(value) ? `${along.x(token)},${y(value)}` : null);
            root.append(svg("polyline", { class: "line series" + which, points: points.filter(Boolean).join(" ") }));
            const radius = Math.min(3, along.step * 0.3);
            values.forEach((value, token) => Number.isFinite(value) && root.append(
                dot(which, along.x(token), y(value), radius, `${name} of ${token} ${options.label(token)}: ${number(value)}`)));
            root.append(dot(which, margin.left + 14 + which * 70, 12, 4, name),
                svg("text", { class: "legend", x: margin.left + 24 + which * 70, y: 12, dy: "0.32em" }, name));
        });
        tokenLabels(root, along, n, height - margin.bottom + 6, options.label, "end");
    }

    function dot(which, x, y, radius, text) {
        return which === 0
            ? svg("circle", { class: "dot series0", cx: x, cy: y, r: radius }, tooltip(text))
            : svg("rect", { class: "dot series1", x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius }, tooltip(text));
    }

    // Currents as arcs over the text: forwards above it, backwards below. A cycle is a closed list of tokens to emphasise.
    function arcs(element, currents, options) {
        const n = options.n;
        const along = textScale(element, n, 48, 6);
        const cycle = options.cycle || [];
        const edges = new Set(cycle.map((token, at) => token + " " + cycle[(at + 1) % cycle.length]));
        const spans = currents.map(({ from, to }) => to - from).concat(cycle.map((token, at) => cycle[(at + 1) % cycle.length] - token));
        const spread = Math.max(1, ...spans.map(Math.abs));
        const rise = Math.max(50, Math.min(180, spread * along.step * 0.5));
        const heightOf = span => span > 0 ? 12 + arcHeight(span, spread, rise) : 12;
        const top = 16 + heightOf(Math.max(0, ...spans));
        const band = 74;
        const height = top + band + heightOf(Math.max(0, ...spans.map(span => -span)));
        const root = frame(element, along.width, height, options.name);
        const most = Math.max(...currents.map(({ current }) => current), Number.MIN_VALUE);
        axisName(root, `widest: ${number(most)} per step`);
        tokenLabels(root, along, n, top + band / 2, options.label, "middle");
        const look = { most, rise, spread, top, band, label: options.label };
        for (const { from, to, current } of currents.slice().reverse()) {
            const onCycle = edges.has(from + " " + to);
            root.append(arc(along, from, to, current, { ...look, onCycle, dimmed: edges.size > 0 && !onCycle }));
        }
        for (const edge of edges) {
            const [from, to] = edge.split(" ").map(Number);
            if (!currents.some(each => each.from === from && each.to === to)) {
                root.append(arc(along, from, to, NaN, { ...look, onCycle: true }));
            }
        }
        return root;
    }

    function arcHeight(span, spread, rise) {
        return Math.max(10, rise * Math.sqrt(span / spread));
    }

    function arc(along, from, to, current, look) {
        const forwards = to > from;
        const a = along.x(from);
        const b = along.x(to);
        const y = forwards ? look.top : look.top + look.band;
        const radiusX = Math.abs(b - a) / 2;
        const radiusY = arcHeight(Math.abs(to - from), look.spread, look.rise);
        const width = Number.isNaN(current) ? 1.5 : 0.6 + 6 * current / look.most;
        const tip = forwards ? -1 : 1;
        const head = Math.max(3, width * 0.9);
        const names = `${from} ${look.label(from)} → ${to} ${look.label(to)}`;
        const classes = ["arc", forwards ? "forwards" : "backwards"].concat(look.onCycle ? "chosen" : [], look.dimmed ? "dimmed" : []);
        return svg("g", { class: classes.join(" ") },
            svg("path", { d: `M${a},${y} A${radiusX},${radiusY} 0 0 1 ${b},${y}`, "stroke-width": width }),
            svg("path", { class: "tip", d: `M${b},${y} l${-head},${tip * head * 1.6} h${2 * head} z` }),
            tooltip(Number.isNaN(current) ? names : `${names}: ${number(current)} per step`));
    }

    // Points in the plane with equal axes. Options: x, y, colour(token), label(token), name, xName, yName, describe(token), circle.
    function scatter(element, options) {
        const width = element.clientWidth || 400;
        const height = Math.min(width, 440);
        const margin = { left: 48, right: 12, top: 12, bottom: 40 };
        const across = width - margin.left - margin.right;
        const down = height - margin.top - margin.bottom;
        const [x, y] = equalScales(options, margin, across, down);
        const root = frame(element, width, height, options.name);
        const axes = svg("g");
        const points = svg("g");
        root.append(axes, points);
        const redraw = (xs, ys) => {
            axes.replaceChildren();
            points.replaceChildren();
            axis(axes, d3.axisBottom(xs).ticks(5).tickFormat(number), 0, height - margin.bottom);
            axis(axes, d3.axisLeft(ys).ticks(5).tickFormat(number), margin.left, 0);
            axes.append(svg("text", { class: "name", x: margin.left + across, y: height - 6, "text-anchor": "end" }, options.xName),
                svg("text", { class: "name", "text-anchor": "middle", transform: `translate(12,${margin.top + down / 2}) rotate(-90)` },
                    options.yName),
                svg("line", { class: "zero", x1: xs(0), x2: xs(0), y1: margin.top, y2: height - margin.bottom }),
                svg("line", { class: "zero", y1: ys(0), y2: ys(0), x1: margin.left, x2: width - margin.right }));
            placePoints(points, options, xs, ys, { ...margin, right: width - margin.right, bottom: height - margin.bottom });
        };
        redraw(x, y);
        d3.select(root).call(d3.zoom().scaleExtent([1, 50]).translateExtent([[0, 0], [width, height]]).filter(zooms)
            .on("zoom", event => redraw(event.transform.rescaleX(x), event.transform.rescaleY(y))));
    }

    // Zooming with a wheel needs Ctrl, so that the page still scrolls; a touch needs two fingers.
    function zooms(event) {
        return event.type === "wheel" ? event.ctrlKey : event.type.startsWith("touch") ? event.touches.length > 1 : !event.button;
    }

    function equalScales(options, margin, across, down) {
        const [x0, x1] = d3.extent([...options.x, 0]);
        const [y0, y1] = d3.extent([...options.y, 0]);
        const unit = 1.08 * Math.max((x1 - x0) / across, (y1 - y0) / down) || 1;
        const around = (low, high, pixels) => [(low + high) / 2 - unit * pixels / 2, (low + high) / 2 + unit * pixels / 2];
        return [
            d3.scaleLinear(around(x0, x1, across), [margin.left, margin.left + across]),
            d3.scaleLinear(around(y0, y1, down), [margin.top + down, margin.top])
        ];
    }

    function placePoints(group, options, x, y, box) {
        const taken = [];
        const names = svg("g");
        for (let token = 0; token < options.x.length; token++) {
            const px = x(options.x[token]);
            const py = y(options.y[token]);
            if (!(px >= box.left && px <= box.right && py >= box.top && py <= box.bottom)) {
                continue;
            }
            group.append(svg("circle", { class: "point", "data-token": token, cx: px, cy: py, r: 4, fill: options.colour(token) },
                tooltip(`${token} ${options.label(token)}: ${options.describe(token)}`)));
            const text = gatun.heatmap.shortened(options.label(token), 12);
            const wide = 6 + 6.2 * text.length;
            const left = px + wide > box.right ? px - wide - 2 : px + 6;
            const clear = taken.every(([a, b, c]) => Math.abs(b - py) > 10 || left > a + c || a > left + wide);
            if (clear) {
                taken.push([left, py, wide]);
                names.append(svg("text", { class: "token", "data-token": token, x: left, y: py, dy: "0.32em" },
                    gatun.heatmap.isolated(text)));
            }
        }
        group.append(names);
    }

    // Eigenvalues as points on stems. Options: series [{name, values, groups}], time.
    function eigenvalues(element, options) {
        const width = element.clientWidth || 400;
        const height = Math.min(width, 440);
        const margin = { left: 44, right: 10, top: 42, bottom: 36 };
        const count = Math.max(...options.series.map(({ values }) => values.length));
        const lowest = Math.min(0, ...options.series.flatMap(({ values }) => values));
        const x = d3.scaleLinear([-0.5, count - 0.5], [margin.left, width - margin.right]);
        const y = d3.scaleLinear([lowest, 1], [height - margin.bottom, margin.top]);
        const root = frame(element, width, height, options.name);
        axis(root, d3.axisLeft(y).ticks(6).tickFormat(number), margin.left, 0);
        axis(root, d3.axisBottom(x).ticks(Math.min(count, 10)).tickFormat(k => Number.isInteger(k) ? String(k) : ""), 0,
            height - margin.bottom);
        axisName(root, "λ");
        root.append(svg("text", { class: "name", x: width - margin.right, y: height - 4, "text-anchor": "end" }, "k"),
            svg("line", { class: "zero", x1: margin.left, x2: width - margin.right, y1: y(0), y2: y(0) }));
        options.series.forEach(({ name, values, groups }, which) => {
            const shift = (which - 0.5) * Math.min(12, (x(2) - x(1)) * 0.3);
            values.forEach((value, k) => {
                const place = x(k) + shift;
                const left = (value < 0 && Math.round(options.time) % 2 !== 0 ? -1 : 1) * Math.pow(Math.abs(value), options.time);
                root.append(svg("line", { class: "stem series" + which, x1: place, x2: place, y1: y(0), y2: y(value) }),
                    dot(which, place, y(value), 4, `${name}, k = ${k}: ${number(value)}`));
                if (options.time > 0) {
                    root.append(svg("line", { class: "rest series" + which, x1: place - 5, x2: place + 5, y1: y(left), y2: y(left) },
                        tooltip(`${name}, k = ${k}, at time ${options.time}: ${number(left)}`)));
                }
            });
            for (const { first, end } of groups || []) {
                const top = y(Math.max(...values.slice(first, end))) - 8 - 7 * which;
                const from = x(first) + shift - 4;
                const to = x(end - 1) + shift + 4;
                root.append(svg("path", { class: "bracket series" + which, d: `M${from},${top + 4} V${top} H${to} V${top + 4}` },
                    tooltip(`${name}: ${end - first} eigenvalues too close to tell apart`)));
            }
            root.append(dot(which, margin.left + 14 + which * 110, 12, 4, name),
                svg("text", { class: "legend", x: margin.left + 24 + which * 110, y: 12, dy: "0.32em" }, name));
        });
    }

    // A curve through points [x, y], with one point emphasised.
    function curve(element, points, options) {
        const width = element.clientWidth || 400;
        const height = 230;
        const margin = { left: 56, right: 16, top: 24, bottom: 40 };
        const x = d3.scaleLinear(d3.extent(points, ([at]) => at), [margin.left, width - margin.right]);
        const most = Math.max(options.point[1], ...points.map(([, value]) => value)) || 1;
        const y = d3.scaleLinear([0, most], [height - margin.bottom, margin.top]);
        const root = frame(element, width, height, options.name);
        axis(root, d3.axisLeft(y).ticks(5).tickFormat(number), margin.left, 0);
        axis(root, d3.axisBottom(x).ticks(5).tickFormat(number), 0, height - margin.bottom);
        axisName(root, options.yName);
        root.append(svg("text", { class: "name", x: width - margin.right, y: height - 4, "text-anchor": "end" }, options.xName),
            svg("polyline", { class: "line curve", points: points.map(([at, value]) => `${x(at)},${y(value)}`).join(" ") }),
            svg("circle", { class: "dot series1", cx: x(options.point[0]), cy: y(options.point[1]), r: 5 },
                tooltip(options.point.map(number).join(", "))));
    }

    // The error after each pass on a logarithmic axis; the mark says which step was taken. Trace: [{pass, step, error}].
    function convergence(element, trace, options) {
        const width = element.clientWidth || 400;
        const steps = Array.from(new Set(trace.map(({ step }) => step)));
        const legend = legendPlaces(steps, 62, width);
        const margin = { left: 56, right: 12, top: 16 + 18 * legend.rows, bottom: 38 };
        const height = 230 + margin.top;
        const least = 0.1 * Math.min(1e-15, ...trace.map(({ error }) => error).filter(error => error > 0));
        const shown = trace.filter(({ error }) => Number.isFinite(error)).map(each => ({ ...each, drawn: Math.max(each.error, least) }));
        const x = d3.scaleLinear([0, Math.max(...trace.map(({ pass }) => pass), 1)], [margin.left, width - margin.right]);
        const range = shown.length ? d3.extent(shown, ({ drawn }) => drawn) : [0.1, 1];
        const y = d3.scaleLog(range, [height - margin.bottom, margin.top]).nice();
        const root = frame(element, width, height, options.name);
        axis(root, d3.axisLeft(y).ticks(6, ".0e"), margin.left, 0);
        axisName(root, "error");
        axis(root, d3.axisBottom(x).ticks(6).tickFormat(k => String(k)), 0, height - margin.bottom);
        root.append(svg("text", { class: "name", x: width - margin.right, y: height - 4, "text-anchor": "end" }, "pass"),
            svg("polyline", { class: "line trace", points: shown.map(({ pass, drawn }) => `${x(pass)},${y(drawn)}`).join(" ") }));
        for (const { pass, step, error, drawn } of shown) {
            root.append(stepMark(step, x(pass), y(drawn), `pass ${pass}, ${step}: ${number(error)}`));
        }
        steps.forEach((step, which) => {
            const { left, top } = legend.places[which];
            root.append(stepMark(step, left, top, step), svg("text", { class: "legend", x: left + 9, y: top, dy: "0.32em" }, step));
        });
    }

    // Where the names of steps stand, in as many rows as they need.
    function legendPlaces(names, start, width) {
        const places = [];
        let left = start;
        let row = 0;
        for (const name of names) {
            const wide = 26 + 6.2 * name.length;
            if (left > start && left + wide > width) {
                left = start;
                row++;
            }
            places.push({ left: left + 6, top: 10 + 18 * row });
            left += wide;
        }
        return { places, rows: row + 1 };
    }

    const SHAPES = {
        circle: "M-4,0 a4,4 0 1 0 8,0 a4,4 0 1 0 -8,0", up: "M0,-5 L5,4 H-5 z", square: "M-4,-4 H4 V4 H-4 z",
        diamond: "M0,-5.5 L5,0 L0,5.5 L-5,0 z",
        down: "M0,5 L5,-4 H-5 z", plus: "M-1.5,-5 H1.5 V-1.5 H5 V1.5 H1.5 V5 H-1.5 V1.5 H-5 V-1.5 H-1.5 z", bar: "M-1.5,-6 H1.5 V6 H-1.5 z",
        flat: "M-6,-1.5 H6 V1.5 H-6 z"
    };
    // Shape and colour of the steps of a solver: alternating scalings, Newton steps, changes of scale, and what happens within a step.
    const STEPS = {
        "start": ["bar", "plain"], "result": ["plus", "plain"], "plain": ["circle", 0], "over-relaxed": ["up", 0],
        "averaged": ["diamond", 0],
        "continuation": ["flat", 1], "log-domain": ["down", 1], "newton": ["square", 2], "newton-symmetric": ["diamond", 2],
        "newton-eliminated": ["up", 2], "newton-shortened": ["down", 2],
        "absorption": ["diamond", 3], "underflow": ["down", 3], "float64": ["plus", 3]
    };

    function stepMark(step, x, y, text) {
        const [shape, colour] = STEPS[step] || ["circle", "plain"];
        return svg("path", { class: "step step-" + colour, transform: `translate(${x},${y})`, d: SHAPES[shape] }, tooltip(text));
    }

    gatun.charts = { NONE, html, svg, number, bars, potentials, arcs, scatter, eigenvalues, curve, convergence, zooms, textScale };
}
