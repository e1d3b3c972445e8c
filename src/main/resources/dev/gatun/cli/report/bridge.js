"use strict";
// The Schroedinger bridge of the open head: its distribution at one time as bars, and at all times as a strip with one row for each.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { heatmap, charts, drawing, state } = gatun;
    const { html, number } = charts;
    const { $, onInput, colourBar, placeColour } = gatun.elements;
    const { n, label } = state;

    const LEAST_OF_TIMES = 1e-3;        // where the logarithmic scale of the strip ends, relative to its largest entry
    const TIME_SHOWN = 700;             // milliseconds that each time is shown while the bridge plays

    let plot = null;
    let time = 0;
    let playing = 0;                    // the timer of a bridge that plays

    // The time of the last distribution; 0 if the head has no bridge.
    function lastTime() {
        const { bridge } = state.opened;
        return bridge && bridge.rho ? bridge.rho.length / n - 1 : 0;
    }

    function draw(element) {
        const { rho, from, to } = state.opened.bridge;
        const last = lastTime();
        $("bridge-value").textContent = `${time} of ${last}`;
        $("bridge-ends").textContent = from ? `from ${from} to ${to}` : "";
        const at = rho.subarray(time * n, (time + 1) * n);
        charts.bars(element, at, { label, unit: "probability", max: Math.max(...rho), colour: placeColour,
            name: `The bridge's distribution at time ${time} of ${last}` });
        element.append(strip(element, rho, last));
    }

    function strip(element, rho, last) {
        const along = charts.textScale(element, n, 48, 6);
        const row = Math.max(8, Math.min(18, 120 / (last + 1)));
        const max = Math.max(...rho);
        const canvas = pixels(rho, last, max);
        // Parts of the width, so that the strip and the bars above it shrink together on paper.
        const part = width => `${100 * width / along.width}%`;
        canvas.style.cssText = `margin-left: ${part(48)}; width: ${part(along.step * n)}; height: ${row * (last + 1)}px`;
        const now = html("div", { class: "now" });
        now.style.cssText = `left: ${part(46)}; width: ${part(along.step * n + 4)}; height: ${row}px; top: ${row * time}px`;
        const names = [0, last].map(at => {
            const name = html("span", { class: "time" }, at === 0 ? "time 0" : String(at));
            name.style.cssText = `width: ${part(42)}; top: ${row * at}px; line-height: ${row}px`;
            return name;
        });
        const times = html("div", { class: "times" }, canvas, now, ...names);
        times.style.width = along.width + "px";
        return html("div", {}, times, legend(max));
    }

    // All distributions, one pixel for each entry.
    function pixels(rho, last, max) {
        const canvas = html("canvas", { class: "strip-of-times", width: n, height: last + 1, role: "img",
            "aria-label": "All times of the bridge, one row each" });
        const context = canvas.getContext("2d");
        const colour = heatmap.colours({ kind: "one", max, log: true, least: LEAST_OF_TIMES }, state.theme);
        for (let index = 0; index < rho.length; index++) {
            context.fillStyle = `rgb(${colour(rho[index])})`;
            context.fillRect(index % n, Math.floor(index / n), 1, 1);
        }
        return canvas;
    }

    function legend(max) {
        const viridis = heatmap.palette(state.theme).one;
        return html("div", { class: "legend" }, ...colourBar(at => `rgb(${viridis[Math.round(at * 255)]})`,
            "≤ " + number(LEAST_OF_TIMES * max), number(max) + ", logarithmic"));
    }

    function setTime(value) {
        time = value;
        $("bridge-time").value = value;
        drawing.changed(plot);
    }

    function stop() {
        clearInterval(playing);
    }

    function play() {
        stop();
        setTime(0);
        playing = setInterval(() => {
            if (time >= lastTime()) {
                stop();
            } else {
                setTime(time + 1);
            }
        }, TIME_SHOWN);
    }

    // Makes the chart and its controls.
    function start() {
        plot = drawing.plot("bridge", () => state.opened.bridge && state.opened.bridge.rho, () => state.opened.bridge, draw);
        onInput("bridge-time", value => { stop(); setTime(Number(value)); });
        $("bridge-play").addEventListener("click", play);
    }

    function headOpened() {
        stop();
        $("bridge-part").querySelector(".controls").hidden = lastTime() === 0;
        $("bridge-time").max = lastTime();
        setTime(0);
    }

    gatun.bridge = { start, headOpened };
}
