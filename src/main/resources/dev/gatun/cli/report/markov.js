"use strict";
// The mathematics of the page in float64: scores, divergences, operators, stationary distributions and entropy production of one head.
// Pure functions of arrays, no document.
// A matrix is a Float64Array of N * N entries, row after row. An entry that a mask or a score of -Infinity hides is -Infinity in a
// log-kernel and 0 in an operator.
var gatun = globalThis.gatun || {};
globalThis.gatun = gatun;
{
    const LABELS = {
        "attention": "Attention",
        "attention-column": "Attention by columns",
        "backward": "Backward",
        "backward-column": "Backward by columns",
        "diffusion": "Diffusion",
        "magnetic": "Magnetic diffusion",
        "bistochastic": "Bistochastic",
        "bistochastic-backward": "Bistochastic, backward",
        "bistochastic-diffusion": "Bistochastic diffusion",
        "circulation": "Circulation"
    };
    const ROUNDING = 1e-13;     // of the terms of a sum, relative to them

    // s_ij = scale * <q_i, k_j>, or the scores as they are given.
    function scores(head) {
        if (head.s) {
            return Float64Array.from(head.s);
        }
        const { n, d, q, k, scale } = head;
        const s = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
                let sum = 0;
                for (let c = 0; c < d; c++) {
                    sum += q[i * d + c] * k[j * d + c];
                }
                s[i * n + j] = scale * sum;
            }
        }
        return s;
    }

    function size(matrix) {
        return Math.round(Math.sqrt(matrix.length));
    }

    function map(matrix, entry) {
        const n = size(matrix);
        const result = new Float64Array(matrix.length);
        for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
                result[i * n + j] = entry(i * n + j, j * n + i, i * n + i, j * n + j);
            }
        }
        return result;
    }

    // s_ii; 0 for a token that may not see itself, as in the potentials of its couplings.
    function selfScore(score) {
        return score === -Infinity ? 0 : score;
    }

    function hasSelfScores(s) {
        const n = size(s);
        return s.every((score, index) => score > -Infinity || index % (n + 1) !== 0);
    }

    // d>_ij = s_ii - s_ij
    function forward(s) {
        return map(s, (ij, ji, ii) => selfScore(s[ii]) - s[ij]);
    }

    // d<_ij = s_jj - s_ji
    function backward(s) {
        return map(s, (ij, ji, ii, jj) => selfScore(s[jj]) - s[ji]);
    }

    // d_ij = d>_ij + d<_ij, the bidivergence. Both triangles are summed in the same order, so that it is symmetric to the last bit.
    function symmetric(s) {
        return map(s, (ij, ji, ii, jj) => (s[ii] + s[jj]) - (s[ij] + s[ji]));
    }

    // w_ij = d>_ij - d<_ij, the direction.
    function direction(s) {
        return map(s, (ij, ji, ii, jj) => (s[ii] - s[jj]) - (s[ij] - s[ji]));
    }

    function product(factor, score) {
        return factor === 0 ? 0 : score === -Infinity ? -Infinity : factor * score;
    }

    // z_ij = beta ((1+c)/2 s_ij + (1-c)/2 s_ji); at c = 1, beta s_ij.
    function circulationKernel(s, c, beta) {
        return map(s, (ij, ji) => beta * (product((1 + c) / 2, s[ij]) + product((1 - c) / 2, s[ji])));
    }

    function negative(divergence, beta) {
        return divergence.map(x => x === Infinity ? -Infinity : -beta * x);
    }

    // Whether the masks of a head hide key j from query i: the causal mask hides keys after the query, the zero diagonal the token itself.
    function masks(i, j, options) {
        return options.causal && j > i || options.zeroDiagonal && i === j;
    }

    // z_ij = -Infinity where a mask hides the pair.
    function masked(z, options) {
        const n = size(z);
        return options.causal || options.zeroDiagonal
            ? z.map((x, index) => masks(Math.floor(index / n), index % n, options) ? -Infinity : x) : z;
    }

    // log sum_j exp(z_ij) of each row; -Infinity for a row that is hidden as a whole.
    function logRowSums(z) {
        const n = size(z);
        const sums = new Float64Array(n);
        for (let i = 0; i < n; i++) {
            let max = -Infinity;
            for (let j = 0; j < n; j++) {
                max = Math.max(max, z[i * n + j]);
            }
            let sum = 0;
            for (let j = 0; j < n && max > -Infinity; j++) {
                sum += Math.exp(z[i * n + j] - max);
            }
            sums[i] = max === -Infinity ? max : max + Math.log(sum);
        }
        return sums;
    }

    function transpose(matrix) {
        return map(matrix, (ij, ji) => matrix[ji]);
    }

    // exp(z_ij + u_i + v_j)
    function coupling(z, u, v) {
        const n = size(z);
        return z.map((x, index) => {
            const exponent = x + u[Math.floor(index / n)] + v[index % n];
            return x === -Infinity || Number.isNaN(exponent) ? 0 : Math.exp(exponent);
        });
    }

    // softmax_j(z_ij); zeros in a row that is hidden as a whole.
    function rowSoftmax(z) {
        const n = size(z);
        const sums = logRowSums(z);
        return z.map((x, index) => x === -Infinity ? 0 : Math.exp(x - sums[Math.floor(index / n)]));
    }

    // softmax_i(z_ij)
    function columnSoftmax(z) {
        return transpose(rowSoftmax(transpose(z)));
    }

    // log W_ij - alpha (log r_i + log r_j), r_i = sum_j W_ij
    function densityNormalised(logW, alpha) {
        if (alpha === 0) {
            return logW;
        }
        const n = size(logW);
        const r = logRowSums(logW).map(x => x === -Infinity ? 0 : x);
        return logW.map((x, index) => x - alpha * (r[Math.floor(index / n)] + r[index % n]));
    }

    // -beta times a divergence, with its mask.
    function logKernel(s, divergence, options) {
        return masked(negative(divergence(s), options.beta), options);
    }

    // Pictures that compare tokens with themselves: without the self-scores there is no such matrix.
    const NEED_SELF_SCORES = ["attention-column", "backward", "diffusion", "magnetic", "bidivergence", "direction"];

    function lacksSelfScores(name, s) {
        return NEED_SELF_SCORES.includes(name) && !hasSelfScores(s);
    }

    // The operator with this name: {re}, and {re, im} of magnetic diffusion; null if the head has no potentials or no self-scores for it.
    // Options: c, charge, alpha, beta, causal, zeroDiagonal; those of the head count where one is not given.
    function operator(name, head, given) {
        const options = { c: 1, charge: 0.25, alpha: 0, beta: 1, causal: false, zeroDiagonal: false, ...head.options, ...given };
        const s = given && given.scores || scores(head);
        if (lacksSelfScores(name, s)) {
            return null;
        }
        switch (name) {
            case "attention":
                return { re: rowSoftmax(circulationLogKernel(s, { ...options, c: 1 })) };
            case "circulation":
                return { re: rowSoftmax(circulationLogKernel(s, options)) };
            case "attention-column":
                return { re: columnSoftmax(logKernel(s, forward, options)) };
            case "backward":
                return { re: rowSoftmax(logKernel(s, backward, options)) };
            case "backward-column":
                return { re: columnSoftmax(masked(transpose(circulationKernel(s, 1, options.beta)), options)) };
            case "diffusion":
                return { re: rowSoftmax(densityNormalised(logKernel(s, symmetric, options), options.alpha)) };
            case "magnetic":
                return magnetic(s, options);
            default:
                return balanced(name, head, s, options);
        }
    }

    // The log-kernel of circulation with its mask, whose rows softmax normalises.
    function circulationLogKernel(s, options) {
        return masked(circulationKernel(s, options.c, options.beta), options);
    }

    // P^g_ij = P+_ij exp(i g w_ij)
    function magnetic(s, options) {
        const moduli = rowSoftmax(densityNormalised(logKernel(s, symmetric, options), options.alpha));
        const w = direction(s);
        const phased = turn => moduli.map((x, index) => x === 0 ? 0 : x * turn(options.charge * w[index]));
        return { re: phased(Math.cos), im: phased(Math.sin) };
    }

    function balanced(name, head, s, options) {
        const divergence = { "bistochastic": forward, "bistochastic-backward": backward, "bistochastic-diffusion": symmetric }[name];
        const solution = head.couplings && head.couplings[name];
        if (!divergence || !solution || !solution.u || !solution.v) {
            return null;
        }
        return { re: coupling(logKernel(s, divergence, options), solution.u, solution.v) };
    }

    // Which tokens a chain reaches from a token; backwards, which tokens reach it. The token itself is among them.
    function reached(p, from, backwards) {
        const n = size(p);
        const seen = new Array(n).fill(false);
        seen[from] = true;
        for (const open = [from]; open.length > 0;) {
            const i = open.pop();
            for (let j = 0; j < n; j++) {
                if (!seen[j] && (backwards ? p[j * n + i] : p[i * n + j]) > 0) {
                    seen[j] = true;
                    open.push(j);
                }
            }
        }
        return seen;
    }

    // The tokens of the closed class of a chain; null if there are several, or a token that sees nothing.
    function closedClass(p) {
        let from = 0;
        let [reachable, before] = [reached(p, from, false), reached(p, from, true)];
        const withoutReturn = () => reachable.findIndex((is, token) => is && !before[token]);
        for (let left = withoutReturn(); left >= 0; left = withoutReturn()) {
            from = left;
            [reachable, before] = [reached(p, from, false), reached(p, from, true)];
        }
        const tokens = Array.from(reachable.keys()).filter(token => reachable[token]);
        const moves = tokens.some(token => p[from * size(p) + token] > 0);
        return moves && before.every(Boolean) ? tokens : null;
    }

    // The stationary distribution of the rows of P; null if it is not unique.
    function stationary(p) {
        const n = size(p);
        const tokens = closedClass(p);
        if (tokens === null) {
            return null;
        }
        const within = stationaryOfClass(Float64Array.from({ length: tokens.length ** 2 },
            (unused, at) => p[tokens[Math.floor(at / tokens.length)] * n + tokens[at % tokens.length]]));
        const pi = new Float64Array(n);
        tokens.forEach((token, at) => pi[token] = within[at]);
        return pi;
    }

    // The stationary distribution of an irreducible chain, by elimination of states without subtraction (Grassmann, Taksar, Heyman).
    function stationaryOfClass(a) {
        const n = size(a);
        for (let k = n - 1; k > 0; k--) {
            let leaving = 0;
            for (let j = 0; j < k; j++) {
                leaving += a[k * n + j];
            }
            for (let i = 0; i < k; i++) {
                a[i * n + k] /= leaving;
                for (let j = 0; j < k; j++) {
                    a[i * n + j] += a[i * n + k] * a[k * n + j];
                }
            }
        }
        const pi = new Float64Array(n);
        pi[0] = 1;
        let total = 1;
        for (let k = 1; k < n; k++) {
            for (let i = 0; i < k; i++) {
                pi[k] += pi[i] * a[i * n + k];
            }
            total += pi[k];
        }
        return pi.map(x => x / total);
    }

    // 1/2 sum_ij J_ij log(pi_i P_ij / (pi_j P_ji)) in nats per step, where J_ij = pi_i P_ij - pi_j P_ji; Infinity if a flow has no reverse,
    // 0 if it is within rounding of 0.
    // P is the softmax of the rows of z: pi and row constants cancel over a stationary chain, and z is finite where P is too small.
    function entropyProduction(p, pi, z = p.map(Math.log)) {
        const n = pi.length;
        let sum = 0;
        let size = 0;
        for (let i = 0; i < n; i++) {
            for (let j = 0; j < i; j++) {
                const there = pi[i] * p[i * n + j];
                const back = pi[j] * p[j * n + i];
                if (there + back > 0) {
                    const difference = z[i * n + j] - z[j * n + i];
                    sum += there === back ? 0 : (there - back) * difference;
                    size += (there + back) * Math.abs(difference);
                }
            }
        }
        return sum < Infinity && sum <= ROUNDING * size ? 0 : sum;
    }

    // Entropy production of circulation c in nats per step; NaN if its stationary distribution is not unique.
    function circulationEntropy(s, given) {
        const z = circulationLogKernel(s, given);
        const p = rowSoftmax(z);
        const pi = stationary(p);
        return pi ? entropyProduction(p, pi, z) : NaN;
    }

    // Coordinates at time t: lambda_k^t times those at time 0. A negative lambda alternates at whole times and has its modulus between.
    function atTime(coordinates, values, t) {
        const m = values.length;
        const powers = values.map(x => (x < 0 && Math.round(t) % 2 !== 0 ? -1 : 1) * Math.pow(Math.abs(x), t));
        return Float64Array.from(coordinates, (x, index) => x * powers[index % m]);
    }

    // The token numbers in ascending order of the keys; equal keys keep the order of the text.
    function orderBy(keys) {
        return Array.from(keys, (key, token) => token).sort((a, b) => keys[a] - keys[b] || a - b);
    }

    // What the data of the page say about head number index, with its arrays in place of their offsets.
    function decode(data, numbers, index) {
        const stored = data.heads[index];
        const part = range => range ? numbers.subarray(range[0], range[0] + range[1]) : null;
        const head = { ...stored, n: data.n, d: data.d, scale: data.options.scale, options: data.options };
        for (const name of ["q", "k", "s", "stationary", "entropyProductionByToken"]) {
            head[name] = part(stored[name]);
        }
        const inner = (object, ...names) => {
            if (!object) {
                return null;
            }
            const copy = { ...object };
            names.forEach(name => copy[name] = part(object[name]));
            return copy;
        };
        head.diffusion = inner(stored.diffusion, "coordinates");
        head.magnetic = inner(stored.magnetic, "real", "imaginary");
        head.bridge = inner(stored.bridge, "rho");
        head.couplings = {};
        for (const [name, solution] of Object.entries(stored.couplings || {})) {
            head.couplings[name] = inner(solution, "u", "v");
        }
        return head;
    }

    // A figure of the data, which has no numbers for infinities and NaN.
    function number(value) {
        return value === "inf" ? Infinity : value === "-inf" ? -Infinity : value === null || value === undefined ? NaN : Number(value);
    }

    function bytesOf(text) {
        const bytes = new Uint8Array(text.length);
        for (let i = 0; i < text.length; i++) {
            bytes[i] = text.charCodeAt(i);
        }
        return bytes;
    }

    // Little-endian float32 numbers from base64.
    function floats(base64) {
        const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(base64) : bytesOf(atob(base64));
        const count = bytes.length >> 2;
        const view = new DataView(bytes.buffer);
        if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) {
            return new Float32Array(bytes.buffer, 0, count);
        }
        return Float32Array.from({ length: count }, (unused, i) => view.getFloat32(4 * i, true));
    }

    gatun.markov = {
        LABELS, scores, forward, backward, symmetric, direction, masks, lacksSelfScores, transpose, operator, stationary,
        entropyProduction, circulationEntropy, atTime, orderBy, decode, floats, number
    };
}
