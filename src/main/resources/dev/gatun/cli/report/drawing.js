"use strict";
// Draws what is in sight. An element is stale from when it changes until it is drawn; what is out of sight is drawn when it comes into
// sight.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { html } = gatun.charts;
    const { $ } = gatun.elements;

    const MAX_FRAME = 40;               // milliseconds of drawing before the page answers again

    // The mark in the browser's timings of when a reader sees the page whole for the first time.
    const OPENED = "gatun.opened";

    const drawings = new Map();         // element -> {draw, visible, stale}
    let observed = false;
    const observer = new IntersectionObserver(entries => {
        observed = true;
        entries.forEach(({ target, isIntersecting }) => drawings.get(target).visible = isIntersecting);
        schedule();
    }, { rootMargin: "200px" });

    // Has an element drawn by a function from now on.
    function add(element, draw) {
        drawings.set(element, { draw, visible: false, stale: true });
        observer.observe(element);
    }

    function remove(element) {
        observer.unobserve(element);
        drawings.delete(element);
    }

    function changed(...elements) {
        elements.forEach(element => drawings.get(element).stale = true);
        schedule();
    }

    function everythingChanged() {
        changed(...drawings.keys());
    }

    let frame = 0;
    function schedule() {
        frame = frame || requestAnimationFrame(() => {
            frame = 0;
            if (!drawStale(each => each.visible, performance.now() + MAX_FRAME)) {
                schedule();
            } else if (observed && performance.getEntriesByName(OPENED).length === 0) {
                performance.mark(OPENED);
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
                drawOne(each);
            }
        }
        return true;
    }

    function drawOne(drawing) {
        drawing.stale = false;
        drawing.draw();
    }

    // Draws all that is stale, out of sight as well.
    function drawEverything() {
        drawStale(() => true, Infinity);
    }

    // Draws an element at once if it is stale.
    function drawNow(element) {
        const drawing = drawings.get(element);
        if (drawing.stale) {
            drawOne(drawing);
        }
    }

    // A chart that draws itself, or says why the head has none: by the reason in a part of the head's data, or by a sentence.
    function plot(id, exists, part, draw, none = () => "This head has none.") {
        const element = $(id).querySelector(".plot");
        add(element, () => exists() ? draw(element) : sayWhyNot(element, part(), none()));
        return element;
    }

    function sayWhyNot(element, part, none) {
        const reason = part && part.reason;
        element.replaceChildren(html("p", { class: "reason" }, reason ? `Not drawn: ${reason}.` : none));
    }

    gatun.drawing = { add, remove, changed, everythingChanged, drawEverything, drawNow, plot };
}
