"use strict";
// The couplings of the open head, as Sinkhorn found them: the potentials of one, and how the solver came to them.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const { markov, charts, drawing, state } = gatun;
    const { number } = charts;
    const { $, onInput, options, sentence } = gatun.elements;

    let plots = null;
    let chosen = null;                  // the name of the coupling that is shown; null if the head has none

    function solution() {
        return state.opened.couplings[chosen];
    }

    function solutionText({ status, iterations, rowError, columnError, reason }) {
        const passes = `${iterations} ${iterations === 1 ? "pass" : "passes"}`;
        const errors = `rows are off by ${number(markov.number(rowError))}, columns by ${number(markov.number(columnError))}`;
        return (status ? `${sentence(status)} after ${passes}; ${errors}.` : "") + (reason ? ` ${sentence(reason)}.` : "");
    }

    function drawPotentials(element) {
        const { u, v } = solution();
        const series = [{ name: "u (rows)", values: u }, { name: "v (columns)", values: v }]
            .filter(({ values }) => values).slice(0, chosen === "bistochastic-diffusion" ? 1 : 2);
        charts.potentials(element, series, { n: state.n, label: state.label, name: `Potentials of ${markov.LABELS[chosen]}` });
    }

    function drawConvergence(element) {
        const trace = solution().trace.map(each => ({ ...each, error: markov.number(each.error) }));
        charts.convergence(element, trace, { name: "Convergence: " + solutionText(solution()) });
    }

    function changed() {
        $("solution").textContent = chosen ? solutionText(solution()) : "";
        drawing.changed(...plots);
    }

    // Makes the charts and their control.
    function start() {
        plots = [
            drawing.plot("potentials", () => solution() && solution().u, solution, drawPotentials),
            drawing.plot("convergence", () => solution() && (solution().trace || []).length,
                () => solution() && solution().u ? null : solution(), drawConvergence, () => "The passes of this solve are not recorded.")
        ];
        onInput("coupling", value => { chosen = value; changed(); });
    }

    // A head without the coupling that was shown shows its first.
    function headOpened() {
        const names = Object.keys(state.opened.couplings);
        chosen = names.includes(chosen) ? chosen : names[0] || null;
        options($("coupling"), names.map(each => [each, markov.LABELS[each] || each]), chosen);
        changed();
    }

    gatun.coupling = { start, headOpened };
}
