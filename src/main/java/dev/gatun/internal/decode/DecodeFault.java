package dev.gatun.internal.decode;

import dev.gatun.internal.attention.Sizes;
import dev.gatun.kernel.decode.DecodePass;
import dev.gatun.kernel.decode.QueryGroup;
import dev.gatun.kernel.stored.StoredRows;

/** Finds what is not finite in a call of a {@code DecodePlan} that is refused, among the entries that queries see. Slow. */
final class DecodeFault {

    private final Sizes shape;
    private final DecodeInputs inputs;
    private final DecodeWorker worker;
    private final float[] row;

    /** @param worker scratch of the calling thread */
    DecodeFault(Sizes shape, DecodeInputs inputs, DecodeWorker worker) {
        this.shape = shape;
        this.inputs = inputs;
        this.worker = worker;
        this.row = new float[Math.max(shape.dimension(), shape.valueDimension())];
    }

    /** What to look at. */
    private enum Kind {
        QUERIES, KEYS, VALUES, BIASES
    }

    /** An exception that names the first fault. */
    IllegalArgumentException found() {
        for (Kind kind : Kind.values()) {
            for (int s = 0; s < inputs.count(); s++) {
                for (int head = 0; head < shape.keyHeads(); head++) {
                    IllegalArgumentException fault = ofPrefix(kind, s, head);
                    fault = fault == null ? ofSequence(kind, s, head) : fault;
                    if (fault != null) {
                        return fault;
                    }
                }
            }
        }
        return new IllegalArgumentException("q, k, v or bias changed while it was read");
    }

    private IllegalArgumentException ofPrefix(Kind kind, int s, int head) {
        if (inputs.prefixLength() == 0) {
            return null;
        }
        worker.begin();
        worker.beginPrefix(head);
        QueryGroup group = worker.group();
        for (int h = 0; h < shape.headsPerKeyHead(); h++) {
            for (int i = 0; i < inputs.queries(s); i++) {
                inputs.addTo(group, s, head * shape.headsPerKeyHead() + h, i, 0, inputs.prefixLength(), row);
            }
        }
        return ofKeys(kind, s, head, 0, inputs.prefixLength());
    }

    private IllegalArgumentException ofSequence(Kind kind, int s, int head) {
        worker.begin();
        worker.load(s, head);
        worker.bind(inputs.sequences(), s, head);
        return ofKeys(kind, s, head, inputs.prefixLength(), inputs.length(s));
    }

    /** Looks at what the loaded queries see among {@code count} keys, the first of which is token {@code shift}. */
    private IllegalArgumentException ofKeys(Kind kind, int s, int head, int shift, int count) {
        for (int first = 0; first < count; first += DecodePass.PIECE) {
            int keys = Math.min(DecodePass.PIECE, count - first);
            worker.pass().look(worker.group(), first, first + keys);
            for (int j = 0; j < keys; j++) {
                IllegalArgumentException fault = ofKey(kind, s, head, shift, first, j);
                if (fault != null) {
                    return fault;
                }
            }
        }
        return null;
    }

    private IllegalArgumentException ofKey(Kind kind, int s, int head, int shift, int first, int j) {
        for (int i = 0; i < worker.group().count(); i++) {
            if (worker.pass().sees(i, j)) {
                int queryHead = head * shape.headsPerKeyHead() + i / inputs.queries(s);
                int query = i % inputs.queries(s);
                IllegalArgumentException fault = switch (kind) {
                    case QUERIES -> inputs.fault(s, queryHead, query);
                    case KEYS -> ofRow("k", worker.keys(), shape.dimension(), s, head, shift, first + j);
                    case VALUES -> ofRow("v", worker.values(), shape.valueDimension(), s, head, shift, first + j);
                    case BIASES -> inputs.biasFault(s, queryHead, query, shift + first + j);
                };
                if (fault != null) {
                    return fault;
                }
            }
        }
        return null;
    }

    private IllegalArgumentException ofRow(String name, StoredRows rows, int columns, int s, int head, int shift, int key) {
        rows.read(key, 1, columns, row);
        for (int c = 0; c < columns; c++) {
            if (!Float.isFinite(row[c])) {
                return inputs.keyFault(name, row[c], s, head, shift > 0 || inputs.prefixLength() == 0, key, c);
            }
        }
        return null;
    }
}
