"use strict";
// The embedding of the open head: tokens as points of diffusion coordinates and of a magnetic vector, and the eigenvalues of both.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, charts, drawing, state } = gatun;
    const { number } = charts;
    const { $, onInput, options, placeColour } = gatun.elements;
    const { n, label, hasDiffusion } = state;

    const chosen = { time: 0, horizontal: 0, vertical: 1, vector: 0 };
    let plots = null;

    function hasMagnetic() {
        const { magnetic } = state.opened;
        return magnetic && magnetic.real && magnetic.values.length > 0;
    }

    // The parts of the head that have eigenvalues, with their names.
    function spectra() {
        return [["diffusion", state.opened.diffusion], ["magnetic", state.opened.magnetic]]
            .filter(([, part]) => part && (part.spectrum || part.values).length);
    }

    // What there is to choose from in the open head; a choice that it does not have becomes its last.
    function fillChoices() {
        const { diffusion, magnetic } = state.opened;
        const coordinates = hasDiffusion() ? diffusion.values.map((value, k) => [k, `${k + 1} (λ = ${number(value)})`]) : [];
        const vectors = hasMagnetic() ? magnetic.values.map((value, k) => [k, `${k} (λ = ${number(value)})`]) : [];
        for (const [id, choices] of [["horizontal", coordinates], ["vertical", coordinates], ["vector", vectors]]) {
            chosen[id] = Math.min(chosen[id], Math.max(0, choices.length - 1));
            options($(id), choices, chosen[id]);
            $(id).parentElement.hidden = choices.length === 0;
        }
        $("time").parentElement.hidden = coordinates.length + vectors.length === 0;
    }

    function drawDiffusionMap(element) {
        const { values, coordinates } = state.opened.diffusion;
        const { time, horizontal, vertical } = chosen;
        const m = values.length;
        const at = markov.atTime(coordinates, values, time);
        const column = k => Array.from({ length: n }, (unused, token) => at[token * m + k]);
        charts.scatter(element, {
            x: column(horizontal), y: column(vertical), label, colour: placeColour,
            describe: token => `${number(at[token * m + horizontal])}, ${number(at[token * m + vertical])}`,
            name: `Diffusion coordinates ${horizontal + 1} and ${vertical + 1} of ${n} tokens at time ${time}`,
            xName: `coordinate ${horizontal + 1}`, yName: `coordinate ${vertical + 1}`
        });
    }

    function drawMagneticMap(element) {
        const { values, real, imaginary } = state.opened.magnetic;
        const { time, vector } = chosen;
        const m = values.length;
        const at = part => {
            const moved = markov.atTime(part, values, time);
            return Array.from({ length: n }, (unused, token) => moved[token * m + vector]);
        };
        const [x, y] = [at(real), at(imaginary)];
        const phase = token => Math.atan2(y[token], x[token]);
        charts.scatter(element, {
            x, y, label, colour: token => d3.interpolateSinebow((phase(token) / (2 * Math.PI) + 1) % 1),
            describe: token => `modulus ${number(Math.hypot(x[token], y[token]))}, phase ${number(phase(token))}`,
            name: `Magnetic vector ${vector} of ${n} tokens in the complex plane at time ${time}`,
            xName: "real part", yName: "imaginary part"
        });
    }

    function drawSpectrum(element) {
        const series = spectra()
            .map(([name, part]) => ({ name, values: part.spectrum || part.values, groups: groupsOf(part.groups) }));
        charts.eigenvalues(element, { series, time: chosen.time, name: series.map(each =>
            `Eigenvalues of ${each.name}: ${each.values.map(number).join(", ")}`).join(". ") });
    }

    // Groups of more than one eigenvalue, as {first, end}.
    function groupsOf(groups) {
        return (groups || []).map(([first, end]) => ({ first, end })).filter(({ first, end }) => end - first > 1);
    }

    function noMap(exists) {
        return exists ? "Not drawn: some coordinates are too large for float32." : "This head has none.";
    }

    function makePlots() {
        const diffusion = () => state.opened.diffusion;
        const magnetic = () => state.opened.magnetic;
        const finite = (...parts) => parts.every(part => part.every(Number.isFinite));
        plots = {
            diffusion: drawing.plot("diffusion-map", () => hasDiffusion() && finite(diffusion().coordinates), diffusion, drawDiffusionMap,
                () => noMap(hasDiffusion())),
            magnetic: drawing.plot("magnetic-map", () => hasMagnetic() && finite(magnetic().real, magnetic().imaginary), magnetic,
                drawMagneticMap, () => noMap(hasMagnetic())),
            spectrum: drawing.plot("spectrum", () => spectra().length > 0, diffusion, drawSpectrum)
        };
    }

    // Makes the charts and their controls.
    function start() {
        makePlots();
        onInput("time", value => {
            chosen.time = Number(value);
            $("time-value").textContent = value;
            changed();
        });
        onInput("horizontal", value => { chosen.horizontal = Number(value); drawing.changed(plots.diffusion); });
        onInput("vertical", value => { chosen.vertical = Number(value); drawing.changed(plots.diffusion); });
        onInput("vector", value => { chosen.vector = Number(value); drawing.changed(plots.magnetic); });
    }

    function changed() {
        drawing.changed(...Object.values(plots));
    }

    function headOpened() {
        fillChoices();
        changed();
    }

    gatun.embedding = { start, headOpened };
}
