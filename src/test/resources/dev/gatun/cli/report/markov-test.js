"use strict";
// Tests of markov.js, which run in the page's own browser: gatunMarkovTest() returns one sentence per failure.
function gatunMarkovTest() {
    const { markov } = gatun;
    const failures = [];

    function check(holds, sentence) {
        if (!holds) {
            failures.push(sentence);
        }
    }

    // Equal lengths, and each entry equal to 1e-12 of the largest.
    function near(actual, expected, sentence, tolerance = 1e-12) {
        const scale = Math.max(1, ...Array.from(expected, Math.abs).filter(Number.isFinite));
        const off = Array.from(expected).findIndex((x, at) => !(actual[at] === x || Math.abs(actual[at] - x) <= tolerance * scale));
        check(actual.length === expected.length && off < 0, `${sentence}: entry ${off} is ${actual[off]}, expected ${expected[off]}`);
    }

    // The largest deviation of a row sum (or a column sum) from 1.
    function sumError(matrix, columns) {
        const n = Math.sqrt(matrix.length);
        let error = 0;
        for (let i = 0; i < n; i++) {
            let sum = 0;
            for (let j = 0; j < n; j++) {
                sum += columns ? matrix[j * n + i] : matrix[i * n + j];
            }
            error = Math.max(error, Math.abs(sum - 1));
        }
        return error;
    }

    // J_ij = pi_i P_ij - pi_j P_ji
    function current(p, pi) {
        const n = pi.length;
        return p.map((x, ij) => {
            const [i, j] = [Math.floor(ij / n), ij % n];
            return pi[i] * x - pi[j] * p[j * n + i];
        });
    }

    // Reproducible numbers in (-1, 1): a linear congruential generator.
    function numbers(count, seed) {
        let state = seed;
        return Float32Array.from({ length: count }, () => {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
            return state / 2 ** 31 - 1;
        });
    }

    function randomHead(n, d, seed, options) {
        return { n, d, scale: 1 / Math.sqrt(d), q: numbers(n * d, seed).map(x => 3 * x), k: numbers(n * d, seed + 1).map(x => 3 * x),
            options: { beta: 1, alpha: 0, charge: 0.25, causal: false, ...options } };
    }

    // Softmax rows of these scores are fractions: exp(log a) = a.
    const log = Math.log;
    const three = { n: 3, d: 0, s: Float64Array.from([0, log(2), log(3), log(4), 0, 0, 0, 0, log(2)]), scale: 1,
        options: { beta: 1, alpha: 0, charge: 0.5, causal: false } };

    function handComputed() {
        near(markov.operator("attention", three).re, [1 / 6, 2 / 6, 3 / 6, 4 / 6, 1 / 6, 1 / 6, 1 / 4, 1 / 4, 2 / 4],
            "attention of three tokens");
        const s = markov.scores(three);
        near(markov.forward(s), [0, -log(2), -log(3), -log(4), 0, 0, log(2), log(2), 0], "forward divergence of three tokens");
        near(markov.backward(s), [0, -log(4), log(2), -log(2), 0, log(2), -log(3), 0, 0], "backward divergence of three tokens");
        near(markov.symmetric(s), [0, -log(8), log(2 / 3), -log(8), 0, log(2), log(2 / 3), log(2), 0], "bidivergence of three tokens");
        near(markov.direction(s), [0, log(2), -log(6), -log(2), 0, -log(2), log(6), log(2), 0], "direction of three tokens");
        // exp(-d): rows (1, 8, 3/2), (8, 1, 1/2), (3/2, 1/2, 1).
        near(markov.operator("diffusion", three).re, [2 / 21, 16 / 21, 3 / 21, 16 / 19, 2 / 19, 1 / 19, 3 / 6, 1 / 6, 2 / 6],
            "diffusion of three tokens");
        // Divided by row sums 21/2, 19/2 and 3 of both tokens; of these, that of the row cancels.
        const dense = [1 / 10.5, 8 / 9.5, 1.5 / 3];
        near(markov.operator("diffusion", three, { alpha: 1 }).re.slice(0, 3), dense.map(x => x / (dense[0] + dense[1] + dense[2])),
            "diffusion with alpha = 1 of three tokens");
        near(markov.operator("backward", three).re, [2 / 11, 8 / 11, 1 / 11, 4 / 7, 2 / 7, 1 / 7, 3 / 5, 1 / 5, 1 / 5],
            "backward attention of three tokens");
        near(markov.operator("circulation", three, { c: 0 }).re.slice(6), [Math.sqrt(3), 1, 2].map(x => x / (3 + Math.sqrt(3))),
            "circulation at 0 of three tokens");
        const magnetic = markov.operator("magnetic", three);
        near([magnetic.re[1], magnetic.im[1]], [16 / 21 * Math.cos(log(2) / 2), 16 / 21 * Math.sin(log(2) / 2)],
            "magnetic diffusion of three tokens");
    }

    function masks() {
        const masked = { ...three, options: { ...three.options, causal: true } };
        near(markov.operator("attention", masked).re, [1, 0, 0, 4 / 5, 1 / 5, 0, 1 / 4, 1 / 4, 2 / 4], "causal attention of three tokens");
        near(markov.stationary(markov.operator("attention", masked).re), [1, 0, 0], "stationary distribution of a causal chain");
        const apart = { ...three, options: { ...three.options, zeroDiagonal: true } };
        near(markov.operator("attention", apart).re, [0, 2 / 5, 3 / 5, 4 / 5, 0, 1 / 5, 1 / 2, 1 / 2, 0], "attention with a zero diagonal");
        const forbidden = { ...three, s: three.s.map((x, at) => at === 2 ? -Infinity : x) };
        near(markov.operator("attention", forbidden).re.slice(0, 3), [1 / 3, 2 / 3, 0], "attention with a forbidden pair");
        check(markov.operator("circulation", forbidden, { c: 2 }).re[2] === 0, "circulation forbids the pairs that attention forbids");
    }

    function sums(head) {
        for (const name of ["attention", "backward", "diffusion", "circulation"]) {
            const error = sumError(markov.operator(name, head, { c: 1.7 }).re, false);
            check(error < 1e-13, `rows of ${name} sum to 1, but are off by ${error}`);
        }
        for (const name of ["attention-column", "backward-column"]) {
            const error = sumError(markov.operator(name, head).re, true);
            check(error < 1e-13, `columns of ${name} sum to 1, but are off by ${error}`);
        }
        const { re, im } = markov.operator("magnetic", head);
        const error = sumError(re.map((x, at) => Math.hypot(x, im[at])), false);
        check(error < 1e-13, `moduli of magnetic diffusion sum to 1, but are off by ${error}`);
    }

    function symmetries(head) {
        const s = markov.scores(head);
        const [d, w] = [markov.symmetric(s), markov.direction(s)];
        check(d.every((x, at) => x === markov.transpose(d)[at]), "the bidivergence is symmetric");
        near(w, markov.transpose(w).map(x => -x), "the direction is antisymmetric");
        near(d, markov.forward(s).map((x, at) => x + markov.backward(s)[at]), "the bidivergence is the sum of both divergences");
        near(markov.backward(s), markov.transpose(markov.forward(s)), "the backward divergence is the transpose of the forward one");
        near(markov.operator("backward-column", head).re, markov.transpose(markov.operator("attention", head).re),
            "backward by columns is the transpose of attention");
        near(markov.operator("attention-column", head).re, markov.transpose(markov.operator("backward", head).re),
            "attention by columns is the transpose of backward");
        near(markov.operator("circulation", head, { c: 1 }).re, markov.operator("attention", head).re, "circulation at 1 is attention", 0);
        const still = markov.operator("magnetic", head, { charge: 0 });
        near(still.re, markov.operator("diffusion", head).re, "magnetic diffusion without charge is diffusion");
        check(still.im.every(x => x === 0), "magnetic diffusion without charge is real");
    }

    function productOfExperts(head) {
        const [a, b] = ["attention", "backward"].map(name => markov.operator(name, head).re);
        const n = head.n;
        const product = a.map((x, at) => x * b[at]);
        const rowSum = i => product.slice(n * i, n * i + n).reduce((sum, y) => sum + y);
        const expected = product.map((x, at) => x / rowSum(Math.floor(at / n)));
        near(markov.operator("diffusion", head).re, expected, "diffusion is the product of attention and backward");
    }

    function reversibility(head) {
        for (const alpha of [0, 0.5, 1]) {
            const p = markov.operator("diffusion", head, { alpha }).re;
            near(current(p, markov.stationary(p)), new Float64Array(p.length), `diffusion with alpha = ${alpha} has no current`);
        }
        const still = markov.operator("circulation", head, { c: 0 }).re;
        check(markov.entropyProduction(still, markov.stationary(still)) < 1e-12, "circulation at 0 produces no entropy");
        const p = markov.operator("attention", head).re;
        const pi = markov.stationary(p);
        check(markov.entropyProduction(p, pi) > 1e-3, "attention of a random head produces entropy");
        const j = current(p, pi);
        const out = Array.from(pi, (x, i) => j.slice(i * pi.length, (i + 1) * pi.length).reduce((sum, y) => sum + y));
        near(out, new Float64Array(pi.length), "currents of a stationary distribution have no divergence");
    }

    function chains() {
        const ring = Float64Array.from([0, 1, 0, 0, 0, 1, 1, 0, 0]);
        near(markov.stationary(ring), [1 / 3, 1 / 3, 1 / 3], "stationary distribution of a ring");
        check(markov.entropyProduction(ring, [1 / 3, 1 / 3, 1 / 3]) === Infinity, "steps without a reverse produce infinite entropy");
        // Two states: a round trip needs 1/4 and 1/2.
        near(markov.stationary(Float64Array.from([3 / 4, 1 / 4, 1 / 2, 1 / 2])), [2 / 3, 1 / 3], "stationary distribution of two states");
        // Steps along a ring with 2/3, back with 1/3: log 2 for each third of the probability that moves on.
        const drift = Float64Array.from([0, 2 / 3, 1 / 3, 1 / 3, 0, 2 / 3, 2 / 3, 1 / 3, 0]);
        near([markov.entropyProduction(drift, [1 / 3, 1 / 3, 1 / 3])], [log(2) / 3], "entropy production of a drift along a ring");
    }

    // Tokens that may not see themselves have no divergences, and a coupling of their scores.
    function withoutSelfScores() {
        const head = { n: 2, d: 0, scale: 1, s: Float64Array.from([-Infinity, log(2), log(3), 1]), options: { beta: 1, causal: false },
            couplings: { bistochastic: { u: [0, 0], v: [0, 0] } } };
        near(markov.operator("attention", head).re, [0, 1, 3 / (3 + Math.E), Math.E / (3 + Math.E)], "attention without a self-score");
        near(markov.operator("backward-column", head).re, [0, 3 / (3 + Math.E), 1, Math.E / (3 + Math.E)],
            "backward by columns without a self-score");
        near(markov.operator("bistochastic", head).re, [0, 2, 3 / Math.E, 1], "a coupling without a self-score");
        for (const name of ["attention-column", "backward", "diffusion", "magnetic"]) {
            check(markov.operator(name, head) === null, `${name} needs self-scores`);
        }
        check(markov.lacksSelfScores("direction", head.s), "the direction needs self-scores");
        check(!markov.lacksSelfScores("circulation", head.s), "circulation needs no self-scores");
    }

    function closedClasses() {
        near(markov.stationary(Float64Array.from([1 / 2, 1 / 2, 0, 1])), [0, 1],
            "stationary distribution of a chain that ends in the last state");
        near(markov.stationary(Float64Array.from([0, 1 / 2, 1 / 2, 0, 0, 1, 0, 1, 0])), [0, 1 / 2, 1 / 2],
            "stationary distribution of a chain that leaves its first state");
        check(markov.stationary(Float64Array.from([1, 0, 0, 1])) === null, "two closed classes have no unique distribution");
        check(markov.stationary(Float64Array.from([0, 0, 1, 0])) === null, "a state that sees nothing has no distribution");
    }

    // Entropy production where entries are too small for float64, and where it is a rounding error.
    function entropyOfCirculation() {
        const given = { c: 1, beta: 1 };
        const far = Float64Array.from([0, 1000, 0, 0, 0, 1000, 1000, 0, 0]);
        near([markov.circulationEntropy(far, given)], [1000], "entropy production of a ring with reverse steps of exp(-1000)");
        const pair = Float64Array.from([0.3, 1.7, -2.1, 0.9]);
        check(markov.circulationEntropy(pair, given) === 0, "two tokens produce no entropy");
        check(markov.circulationEntropy(far, { ...given, c: 0 }) === 0, "circulation at 0 produces no entropy");
        check(markov.circulationEntropy(far.map((x, at) => at === 3 ? -Infinity : x), given) === Infinity, "a ring with a one-way step");
    }

    function balanced() {
        // exp(-d>) has the rows (1, 2), (3, 1); its bistochastic form has x / (1 - x) = 1 / sqrt(6) on the diagonal.
        const head = { n: 2, d: 0, scale: 1, s: Float64Array.from([0, log(2), log(3), 0]), options: { beta: 1, causal: false } };
        const x = 1 / (1 + Math.sqrt(6));
        const u = [log(x), log(1 - x) - log(3)];
        const v = [0, log(1 - x) - log(2) - log(x)];
        const solved = { ...head, couplings: { bistochastic: { u, v } } };
        const p = markov.operator("bistochastic", solved).re;
        near(p, [x, 1 - x, 1 - x, x], "bistochastic attention of two tokens");
        check(sumError(p, false) < 1e-14 && sumError(p, true) < 1e-14,
            "rows and columns of a bistochastic operator sum to 1");
        check(markov.operator("bistochastic", head) === null, "without potentials there is no bistochastic operator");
    }

    function extremes() {
        const large = { ...three, s: three.s.map(x => 1e4 * x) };
        for (const name of ["attention", "attention-column", "backward", "backward-column", "diffusion", "circulation"]) {
            check(markov.operator(name, large).re.every(Number.isFinite), `${name} of scores of 1e4 is finite`);
        }
        near(markov.operator("attention", { n: 1, d: 1, scale: 1, q: [5], k: [7], options: {} }).re, [1], "attention of one token");
        near(markov.operator("attention", three, { beta: 0 }).re, new Float64Array(9).fill(1 / 3), "attention at beta = 0 is uniform");
    }

    function coordinates() {
        near(markov.atTime([1, 2, 3, 4], [0.5, -0.5], 2), [0.25, 0.5, 0.75, 1], "coordinates at time 2");
        near(markov.atTime([1, 2], [0.5, -0.5], 1), [0.5, -1], "coordinates at time 1");
        near(markov.atTime([1, 2], [0.5, -0.5], 0), [1, 2], "coordinates at time 0");
        near(markov.orderBy([3, 1, 2, 1]), [1, 3, 2, 0], "tokens in ascending order");
    }

    function decoding() {
        near(markov.floats("AACAPwAAAMAAAIB/"), [1, -2, Infinity], "numbers from base64");
        const data = { n: 3, d: 1, options: { scale: 2, beta: 1 }, heads: [{ q: [0, 3], k: [3, 3],
            couplings: { bistochastic: { u: [1, 3], v: [3, 3] } } }] };
        const head = markov.decode(data, Float32Array.from([1, 2, 3, 4, 5, 6]), 0);
        near(markov.scores(head), [8, 10, 12, 16, 20, 24, 24, 30, 36], "scores of decoded queries and keys");
        near(head.couplings.bistochastic.u, [2, 3, 4], "potentials from a range of the numbers");
        near(head.couplings.bistochastic.v, [4, 5, 6], "potentials of columns");
    }

    const random = randomHead(17, 5, 1);
    handComputed();
    masks();
    sums(random);
    symmetries(random);
    productOfExperts(random);
    reversibility(random);
    chains();
    closedClasses();
    entropyOfCirculation();
    withoutSelfScores();
    balanced();
    extremes();
    coordinates();
    decoding();
    return failures;
}
