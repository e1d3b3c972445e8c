"use strict";
// The open head as a Markov chain: currents and cycles along the text, the stationary distribution, and entropy production, of each token
// and against circulation.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, charts, drawing, state } = gatun;
    const { html, number } = charts;
    const { $, sentence } = gatun.elements;
    const { n, label, entropyAt, MAX_LIVE_TOKENS } = state;

    const DRIVES = d3.range(0, 2.01, 0.1);      // values of c of the curve of entropy production

    let plots = null;
    let cycle = null;                   // the number of the cycle that is emphasised among the arcs
    let drive = null;                   // points [c, entropy production] of the open head, once they are computed

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

    function drawCurrents(element) {
        const { currents, cycles } = state.opened;
        const { from, to, current } = currents[0];
        charts.arcs(element, currents, { n, label, cycle: cycle === null ? null : cycles[cycle].tokens,
            name: `The ${currents.length} strongest currents, `
                + `the first from ${label(from)} to ${label(to)}, ${number(current)} per step` });
    }

    function drawStationary(element) {
        const { stationary } = state.opened;
        const most = stationary.indexOf(Math.max(...stationary));
        charts.bars(element, stationary, { label, unit: "probability",
            name: `Stationary distribution; the largest is ${number(stationary[most])} at ${label(most)}` });
    }

    function drawEntropy(element) {
        const values = state.opened.entropyProductionByToken;
        const most = values.indexOf(Math.max(...values));
        charts.bars(element, values, { label, unit: "nats per step",
            name: `Entropy production per token; the largest is ${number(values[most])} at ${label(most)}` });
    }

    // Entropy production at values of c; those where it is infinite or not defined are left out.
    function drivePoints() {
        drive = drive || DRIVES.map(c => [c, entropyAt(c)]).filter(([, value]) => Number.isFinite(value));
        return drive;
    }

    function drawDrive(element) {
        const points = drivePoints();
        const point = [state.c, entropyAt(state.c)];
        charts.curve(element, points, { point, xName: "c", yName: "nats per step",
            name: `Entropy production against c, from ${number(points[0][1])} at 0 to ${number(points[points.length - 1][1])} at 2` });
    }

    function drawCycles(element) {
        const items = state.opened.cycles.map(({ tokens, affinity, weight }, which) => {
            const names = tokens.concat(tokens[0]).flatMap((token, at) =>
                [at ? " → " : "", html("bdi", { class: "token", title: String(token) }, label(token))]);
            const facts = [`affinity ${number(markov.number(affinity))} nats`]
                .concat(weight === undefined ? [] : `current ${number(markov.number(weight))} per step`);
            return html("li", {}, html("button", { type: "button", class: "cycle", "aria-pressed": String(cycle === which),
                click: () => chooseCycle(which) }, ...names), html("small", {}, " " + facts.join(", ")));
        });
        element.replaceChildren(...(items.length ? items : [html("li", { class: "reason" }, "No probability runs in cycles.")]));
    }

    function chooseCycle(which) {
        cycle = cycle === which ? null : which;
        plots.cycles.querySelectorAll("button").forEach((button, at) => button.setAttribute("aria-pressed", String(cycle === at)));
        drawing.changed(plots.currents);
        if (cycle !== null) {
            $("currents").scrollIntoView({ block: "nearest" });
        }
    }

    // Makes the charts and the list of cycles.
    function start() {
        const cycles = $("cycles").querySelector("ol");
        drawing.add(cycles, () => state.opened.cycles && drawCycles(cycles));
        const dynamics = () => state.opened.dynamics;
        plots = {
            currents: drawing.plot("currents", () => state.opened.currents && state.opened.currents.length, dynamics, drawCurrents,
                () => "No probability moves without coming back the same way."),
            stationary: drawing.plot("stationary", () => state.opened.stationary, dynamics, drawStationary),
            entropy: drawing.plot("entropy", () => state.opened.entropyProductionByToken, dynamics, drawEntropy),
            drive: drawing.plot("drive", () => n <= MAX_LIVE_TOKENS && drivePoints().length === DRIVES.length, () => null, drawDrive,
                () => n > MAX_LIVE_TOKENS ? `Drawn for up to ${MAX_LIVE_TOKENS} tokens.`
                    : "Not drawn: some steps have no reverse, or the stationary distribution is not unique."),
            cycles
        };
    }

    function headOpened() {
        cycle = null;
        drive = null;
        $("chain").textContent = chainText(state.opened.dynamics || {});
        drawing.changed(...Object.values(plots));
    }

    // The slider of circulation has moved.
    function circulationChanged() {
        drawing.changed(plots.drive);
    }

    gatun.dynamics = { start, headOpened, circulationChanged };
}
