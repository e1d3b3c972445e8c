"use strict";
// The page of a machine: a roofline, runs side by side and tables. The first block computes, the second one draws.
// A run is what `bench --json` writes, with a label: machine, limits, kernels and operators.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    // The name of a figure with its shape: what is the same in another run.
    function title(figure) {
        return figure.shape ? `${figure.name} (${figure.shape.join(", ")})` : figure.name;
    }

    // The limit of multiply-adds in GFLOP/s; NaN if the run has none.
    function peak(run) {
        return rateOf(run.limits.find(limit => limit.unit === "GFLOP/s"));
    }

    // The read rates that were measured, the smallest piece of memory first.
    function reads(run) {
        return run.limits.filter(limit => limit.unit === "GB/s" && limit.rate > 0);
    }

    function rateOf(limit) {
        return limit && limit.rate > 0 ? limit.rate : NaN;
    }

    // What the page shows of a figure: operations in the multipliers a second, operations per byte, the smaller of the two limits, and the
    // share of it. A figure without bytes has no intensity, and multiply-adds are its limit.
    function analysis(run, figure, kind) {
        const speed = figure.share * peak(run);
        const intensity = figure.operations / figure.bytes;
        const rates = reads(run);
        const read = rateOf(kind === "kernel" ? rates[0] : rates.find(limit => limit.name === "memory read"));
        const reading = intensity * read;
        const limit = reading < peak(run) ? reading : peak(run);
        return { speed, intensity, limit, share: speed / limit };
    }

    // The kernels and operators of all runs, those of the first run first: a title, and for each run its figure and analysis, or null.
    function rows(runs) {
        const found = new Map();
        for (const kind of ["kernel", "operator"]) {
            runs.forEach((run, at) => {
                for (const figure of run[kind + "s"]) {
                    const name = title(figure);
                    if (!found.has(name)) {
                        found.set(name, { title: name, kind, number: found.size + 1, cells: runs.map(() => null) });
                    }
                    found.get(name).cells[at] = { figure, ...analysis(run, figure, kind) };
                }
            });
        }
        return [...found.values()];
    }

    // Three digits, with a power of ten where the number is large or small; a dash for what is not known.
    function digits(value) {
        if (!Number.isFinite(value)) {
            return "\u2013";
        }
        const size = Math.abs(value);
        return size >= 1e5 || size > 0 && size < 1e-3 ? value.toExponential(2).replace("e+", "e") : String(Number(value.toPrecision(3)));
    }

    function percent(share) {
        return Number.isFinite(share) ? `${Math.round(100 * share)}%` : "\u2013";
    }

    // A place for each label {x, y, width} beside its mark, where it covers neither another of the marks {x, y} nor an earlier label, if
    // there is such a place.
    function places(labels, occupied, right) {
        const height = 14;
        const marks = occupied.map(({ x, y }) => ({ x, y, left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 }));
        const taken = [];
        const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        return labels.map(label => {
            const boxes = [];
            for (const drop of [0, 14, -14, 28, -28, 42, -42]) {
                for (const left of [label.x + 11, label.x - 11 - label.width]) {
                    const top = label.y + drop - height / 2;
                    boxes.push({ left, right: left + label.width, top, bottom: top + height });
                }
            }
            const free = boxes.find(box => box.left >= 0 && box.right <= right && !taken.some(other => overlap(box, other))
                && !marks.some(mark => (mark.x !== label.x || mark.y !== label.y) && overlap(box, mark))) || boxes[0];
            taken.push(free);
            return { x: free.left, y: (free.top + free.bottom) / 2 };
        });
    }

    gatun.machine = { title, peak, reads, analysis, rows, digits, percent, places };
}
{
    const { peak, reads, rows, digits, percent, places } = gatun.machine;
    const COLOURS = 6;
    const SHAPES = [
        "M-5,0A5,5 0 1 0 5,0A5,5 0 1 0 -5,0Z",
        "M-5,-5H5V5H-5Z",
        "M0,-7L7,0L0,7L-7,0Z",
        "M0,-6L6,5H-6Z",
        "M0,6L6,-5H-6Z",
        "M-5,-5L5,5M5,-5L-5,5"
    ];
    const NARROW = 640;

    const { runs } = JSON.parse(document.getElementById("data").textContent);
    const table = rows(runs);
    const state = { theme: "light", measure: "share", shown: runs.map(() => true), chosen: false };
    const preferred = matchMedia("(prefers-color-scheme: dark)");

    const html = (name, attributes = {}, text = null) => element(document.createElement(name), attributes, text);
    const svg = (name, attributes = {}, text = null) =>
        element(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, text);

    function element(node, attributes, text) {
        for (const [name, value] of Object.entries(attributes)) {
            node.setAttribute(name, value);
        }
        if (text !== null) {
            node.textContent = text;
        }
        return node;
    }

    // ---- marks ----

    // One run's figure at a place of a picture. It takes the focus, and tells its figures to screen readers and in the tip.
    function mark(row, run, x, y) {
        const cell = row.cells[run];
        const lines = [
            row.title,
            runs[run].label,
            `${digits(cell.figure.rate)} ${cell.figure.unit}`,
            `${digits(cell.speed)} GFLOP/s of at most ${digits(cell.limit)}, ${percent(cell.share)}`
        ];
        if (Number.isFinite(cell.intensity)) {
            lines.push(`${digits(cell.intensity)} operations per byte`);
        }
        const group = svg("g", {
            class: `mark run-${run % COLOURS}${run === 0 ? " now" : ""}`, transform: `translate(${x},${y})`, tabindex: -1, role: "img",
            "aria-label": lines.join(", "), "data-run": run, "data-title": row.title
        });
        group.append(svg("circle", { r: 12, fill: "transparent" }), svg("path", { d: SHAPES[run % SHAPES.length] }));
        group.addEventListener("pointerenter", () => tell(group, lines));
        group.addEventListener("pointerleave", silence);
        group.addEventListener("focus", () => tell(group, lines));
        group.addEventListener("blur", silence);
        return group;
    }

    function tell(group, lines) {
        const tip = document.getElementById("tip");
        tip.replaceChildren(...lines.map(line => html("div", { dir: "auto" }, line)));
        tip.hidden = false;
        const at = group.getBoundingClientRect();
        const right = document.documentElement.clientWidth - tip.offsetWidth - 8;
        const below = at.bottom + 6;
        const fits = below + tip.offsetHeight < innerHeight;
        tip.style.left = `${Math.max(8, Math.min(right, at.left))}px`;
        tip.style.top = `${fits ? below : Math.max(8, at.top - tip.offsetHeight - 6)}px`;
    }

    function silence() {
        document.getElementById("tip").hidden = true;
    }

    // Marks of a picture take the focus one at a time: the tab key reaches the picture, arrow keys walk through it.
    function walk(marks, picture) {
        if (marks.length > 0) {
            marks[0].setAttribute("tabindex", 0);
        }
        picture.addEventListener("keydown", event => {
            const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
            const at = marks.indexOf(document.activeElement);
            if (event.key === "Escape") {
                silence();
            } else if (step && at >= 0) {
                const next = marks[(at + step + marks.length) % marks.length];
                marks.forEach(other => other.setAttribute("tabindex", other === next ? 0 : -1));
                next.focus();
                event.preventDefault();
            }
        });
    }

    // The marks of the runs that are shown, those of the first run last and so on top.
    function shown(draws) {
        const list = [];
        for (let run = runs.length - 1; run >= 0; run--) {
            for (const row of table) {
                if (state.shown[run] && row.cells[run] && draws(row.cells[run])) {
                    list.push({ row, run, cell: row.cells[run] });
                }
            }
        }
        return list;
    }

    function axis(picture, make, x, y, attributes = {}) {
        const group = svg("g", { class: "axis", transform: `translate(${x},${y})`, ...attributes });
        picture.append(group);
        d3.select(group).call(make.offset(0));
    }

    // ---- roofline ----

    function drawRoofline(width) {
        const picture = document.getElementById("roofline");
        const machine = runs[0];
        const top = peak(machine);
        const points = shown(cell => cell.intensity > 0 && cell.speed > 0);
        const limits = table.map(row => row.cells[0]).filter(cell => cell && cell.intensity > 0);
        if (!(top > 0) || points.length === 0) {
            picture.replaceChildren(html("p", {}, "The runs that are shown have no figure with operations and bytes."));
            return;
        }
        const height = Math.round(Math.min(460, Math.max(320, 0.6 * width)));
        const [left, right, above, below] = [52, 12, 22, 44];
        const x = d3.scaleLog().range([left, width - right])
            .domain([0.5 * Math.min(...points.map(point => point.cell.intensity)), 2 * Math.max(...points.map(point => point.cell.intensity))]);
        const least = Math.min(...points.map(point => point.cell.speed), ...limits.map(cell => cell.limit));
        const most = Math.max(top, ...points.map(point => point.cell.speed));
        const y = d3.scaleLog().range([height - below, above]).domain([0.5 * least, 1.25 * most]);

        const drawing = svg("svg", { width, height, role: "group", "aria-label": "Roofline: operations a second over operations per byte" });
        axis(drawing, d3.axisBottom(x).ticks(width < NARROW ? 4 : 8, "~g"), 0, height - below, { "data-axis": "x" });
        axis(drawing, d3.axisLeft(y).ticks(6, "~g"), left, 0, { "data-axis": "y" });
        drawing.append(svg("text", { class: "soft", x: width - right, y: height - 8, "text-anchor": "end" }, "operations per byte"),
            svg("text", { class: "soft", x: 4, y: 12 }, "GFLOP/s"));
        drawRoofs(drawing, machine, top, x, y);

        const now = points.filter(point => point.run === 0);
        for (const { cell } of now) {
            drawing.append(svg("line", { class: "drop", x1: x(cell.intensity), x2: x(cell.intensity), y1: y(cell.speed), y2: y(cell.limit) }));
        }
        const marks = points.map(({ row, run, cell }) => mark(row, run, x(cell.intensity), y(cell.speed)));
        const labels = now.map(({ row, cell }) => {
            const text = width < NARROW ? String(row.number) : row.title;
            return { text, x: x(cell.intensity), y: y(cell.speed), width: 6.6 * text.length };
        });
        const occupied = points.map(({ cell }) => ({ x: x(cell.intensity), y: y(cell.speed) }));
        places(labels, occupied, width).forEach((place, at) => {
            drawing.append(svg("text", { class: "label", x: place.x, y: place.y, dy: "0.35em", "aria-hidden": true }, labels[at].text));
        });
        drawing.append(...marks);
        walk([...marks].reverse(), drawing);
        picture.replaceChildren(drawing);
        if (width < NARROW) {
            picture.append(html("p", {}, "The numbers are those of the table of figures."));
        }
    }

    // The flat line of multiply-adds, and for each read rate a line that rises to it.
    function drawRoofs(drawing, machine, top, x, y) {
        const [first, last] = x.domain();
        const floor = y.domain()[0];
        const pieces = reads(machine).map(read => ({
            from: Math.max(first, floor / read.rate), to: Math.min(last, top / read.rate), read
        })).filter(piece => piece.from < piece.to);
        const flat = Math.min(last, ...pieces.map(piece => piece.to));
        drawing.append(svg("path", { class: "roof", d: `M${x(Math.max(first, flat))},${y(top)}H${x(last)}` }),
            svg("text", { class: "soft", x: x(last), y: y(top) - 6, "text-anchor": "end" }, `multiply-adds, ${digits(top)} GFLOP/s`));
        let before = null;
        for (const { from, to, read } of pieces) {
            const [x1, y1, x2, y2] = [x(from), y(from * read.rate), x(to), y(to * read.rate)];
            drawing.append(svg("path", { class: "roof", d: `M${x1},${y1}L${x2},${y2}` }));
            const text = `${read.name}, ${digits(read.rate)} GB/s`;
            const length = 6.2 * text.length;
            const reach = Math.hypot(x2 - x1, y2 - y1);
            const angle = Math.atan2(y2 - y1, x2 - x1);
            const near = before && Math.abs(y(from * read.rate) - y(from * before.rate)) * Math.cos(angle) < 15;
            const along = near ? before.along + before.length + 12 : 8;
            if (along + length < reach) {
                drawing.append(svg("text", {
                    class: "soft label", transform: `translate(${x1},${y1}) rotate(${angle * 180 / Math.PI}) translate(${along},-5)`
                }, text));
            }
            before = { rate: read.rate, along, length };
        }
    }

    // ---- runs side by side ----

    function drawShares(width) {
        const picture = document.getElementById("shares");
        const value = cell => cell[state.measure];
        const points = shown(cell => Number.isFinite(value(cell)));
        const beside = width >= NARROW;
        const [left, right, above, step] = [beside ? 200 : 10, 24, 26, beside ? 28 : 42];
        const most = Math.max(state.measure === "share" ? 1 : 0, ...points.map(point => value(point.cell)));
        const x = d3.scaleLinear().domain([0, most || 1]).range([left, width - right]);
        const height = above + step * table.length + 8;
        const drawing = svg("svg", { width, height, role: "group", "aria-label": "Runs side by side" });
        axis(drawing, d3.axisTop(x).ticks(beside ? 10 : 5, state.measure === "share" ? "%" : "~g"), 0, above, { "data-axis": "x" });
        const middle = at => above + step * (at + 1) - (beside ? step / 2 : 12);
        table.forEach((row, at) => {
            const y = middle(at);
            drawing.append(svg("line", { class: "row", x1: left, x2: width - right, y1: y, y2: y }),
                svg("text", beside ? { x: left - 12, y, dy: "0.35em", "text-anchor": "end" } : { x: left, y: y - 12 },
                    `${row.number}  ${row.title}`));
        });
        const marks = points.map(({ row, run, cell }) => mark(row, run, x(value(cell)), middle(row.number - 1)));
        drawing.append(...marks);
        const order = [...marks].sort((a, b) => place(a) - place(b));
        walk(order, drawing);
        picture.replaceChildren(drawing);
    }

    function place(group) {
        const row = table.findIndex(other => other.title === group.getAttribute("data-title"));
        return row * runs.length + Number(group.getAttribute("data-run"));
    }

    // ---- tables ----

    function row(cells, scope) {
        const line = html("tr");
        cells.forEach(({ text, left, name, tag }) => {
            const cell = html(tag || "td", left ? { class: "text" } : name ? { class: "name" } : {});
            if (tag === "th") {
                cell.setAttribute("scope", scope);
            }
            cell.append(html("bdi", {}, text));
            line.append(cell);
        });
        return line;
    }

    function tableOf(caption, head, body) {
        const made = html("table");
        const [top, rest] = [html("thead"), html("tbody")];
        top.append(row(head.map(cell => ({ ...cell, tag: "th" })), "col"));
        rest.append(...body.map(cells => row(cells.map((cell, at) => at === 0 ? { ...cell, tag: "th" } : cell), "row")));
        made.append(html("caption", {}, caption), top, rest);
        return made;
    }

    function writeFigures() {
        const earlier = runs.slice(1);
        const head = ["kernel or operator", "rate", "operations", "bytes", "intensity", "GFLOP/s", "limit", "share"]
            .map((text, at) => ({ text, left: at === 0 }));
        earlier.forEach(run => head.push({ text: run.label, name: true }, { text: "share" }));
        const body = table.map(({ number, title, cells: [now, ...others] }) => {
            const numbers = now
                ? [`${digits(now.figure.rate)} ${now.figure.unit}`, digits(now.figure.operations), digits(now.figure.bytes),
                    digits(now.intensity), digits(now.speed), digits(now.limit), percent(now.share)]
                : Array(7).fill("\u2013");
            others.forEach(cell => numbers.push(cell ? `${digits(cell.figure.rate)} ${cell.figure.unit}` : "\u2013",
                percent(cell ? cell.share : NaN)));
            return [{ text: `${number}  ${title}`, left: true }, ...numbers.map(text => ({ text }))];
        });
        const caption = "Kernels run on one tile; operators are named with heads, tokens and components.";
        document.getElementById("figures")
            .append(tableOf(earlier.length === 0 ? caption : `${caption} The last columns are earlier runs.`, head, body));
    }

    function writeMachines() {
        const lines = [["CPU", run => run.machine.architecture], ["Java", run => run.machine.jvm], ["compiler", run => run.machine.compiler],
            ["bits of a vector", run => String(run.machine.vectorBits)], ["vector registers", run => String(run.machine.vectorRegisters)],
            ["register tile", run => run.machine.registerTile]];
        const names = [...new Set(runs.flatMap(run => run.limits.map(limit => limit.name)))];
        names.forEach(name => lines.push([name, run => {
            const limit = run.limits.find(other => other.name === name);
            return limit ? `${digits(limit.rate)} ${limit.unit}` : "\u2013";
        }]));
        document.getElementById("machines").append(tableOf("Each run, its machine and the limits of one core.",
            [{ text: "", left: true }, ...runs.map(run => ({ text: run.label, name: true }))],
            lines.map(([name, of]) => [{ text: name, left: true }, ...runs.map(run => ({ text: of(run) }))])));
    }

    // ---- controls ----

    function writeRuns() {
        runs.forEach((run, at) => {
            const label = html("label", { class: `run-${at % COLOURS}` });
            const box = html("input", { type: "checkbox", value: at });
            box.checked = true;
            box.addEventListener("change", () => {
                state.shown[at] = box.checked;
                draw();
            });
            const sign = svg("svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": true });
            const group = svg("g", { class: `mark${at === 0 ? " now" : ""}` });
            group.append(svg("path", { d: SHAPES[at % SHAPES.length] }));
            sign.append(group);
            label.append(box, sign, html("bdi", { class: "name" }, run.label));
            document.getElementById("runs").append(label);
        });
    }

    function setTheme(theme) {
        const other = theme === "dark" ? "light" : "dark";
        state.theme = theme;
        document.documentElement.setAttribute("data-theme", theme);
        const button = document.getElementById("theme");
        button.textContent = other === "dark" ? "Dark" : "Light";
        button.setAttribute("aria-label", `Change to the ${other} theme`);
    }

    function draw(width) {
        const room = width || Math.floor(document.getElementById("roofline").clientWidth);
        silence();
        drawRoofline(room);
        drawShares(room);
        state.width = room;
    }

    function listen() {
        document.getElementById("theme").addEventListener("click", () => {
            state.chosen = true;
            setTheme(state.theme === "dark" ? "light" : "dark");
        });
        preferred.addEventListener("change", () => {
            if (!state.chosen) {
                setTheme(preferred.matches ? "dark" : "light");
            }
        });
        document.getElementById("measure").addEventListener("change", event => {
            state.measure = event.target.value;
            draw();
        });
        // A page of paper is light, and as wide as A4 without its margins.
        let onScreen = null;
        addEventListener("beforeprint", () => {
            onScreen = state.theme;
            setTheme("light");
            draw(680);
        });
        addEventListener("afterprint", () => {
            setTheme(onScreen);
            onScreen = null;
            draw();
        });
        new ResizeObserver(() => {
            if (onScreen === null && Math.floor(document.getElementById("roofline").clientWidth) !== state.width) {
                draw();
            }
        }).observe(document.body);
    }

    setTheme(preferred.matches ? "dark" : "light");
    writeRuns();
    writeFigures();
    writeMachines();
    draw();
    listen();
    gatun.page = { state, runs, table };
}
