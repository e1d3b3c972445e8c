package dev.gatun.cluster;

import dev.gatun.Scores;
import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.rows.Latest;
import dev.gatun.internal.rows.PassResults;
import dev.gatun.internal.view.Checks;
import java.io.Serializable;
import java.util.List;

/**
 * Computes rows of a kernel for a solve on another machine, whose workers are {@link dev.gatun.Workers#on}. Any number of threads may call
 * it.
 */
public final class RowWorker {

    private final Latest latest;

    private RowWorker(HeadScores head) {
        this.latest = new Latest(head);
    }

    /**
     * A worker of one head.
     *
     * @param scores the same scores as the solve is of, of one head, of queries and keys that are equal to the last bit; a copy is taken
     * @return the worker
     * @throws IllegalArgumentException if there are several heads, or an entry is not finite
     */
    public static RowWorker of(Scores scores) {
        Checks.given(scores, "the scores");
        if (scores.count() != 1) {
            throw new IllegalArgumentException("a kernel that machines share must be of one head, not of " + scores.count());
        }
        return new RowWorker(ScoreInputs.OF_SCORES.look(scores).head(0));
    }

    /**
     * Computes consecutive parts of a request.
     *
     * @param request what {@link dev.gatun.Workers.Machines#run} was given
     * @param first   the first part
     * @param end     one past the last part
     * @return what that method returns of them
     * @throws IllegalArgumentException if {@code request} is another object
     */
    public Serializable run(Serializable request, int first, int end) {
        if (request instanceof HeadRequest<?> asked) {
            return run(asked, first, end);
        }
        throw new IllegalArgumentException("a request must be one that workers were given; found " + request);
    }

    /**
     * About how large the sums of each result of a request are, of which {@link #joined} makes one of many.
     *
     * @param request what {@link dev.gatun.Workers.Machines#run} was given
     * @return bytes; 0 if results do not add up
     */
    public static long sumBytes(Serializable request) {
        return request instanceof HeadRequest<?> asked ? asked.sumBytes() : 0;
    }

    /**
     * Joins results of consecutive parts, on any machine: sums are added as far as they can be without a change of the last bit, so that
     * less has to be sent.
     *
     * @param results what {@link #run} returned, in any order; not used afterwards
     * @return results in their place; those of a request that does not add up as they are
     * @throws IllegalStateException if a part between the others is missing
     */
    public static List<Serializable> joined(List<Serializable> results) {
        return PassResults.joined(results);
    }

    private <S> Serializable run(HeadRequest<S> request, int first, int end) {
        return request.run(latest.of(request.source()), first, end);
    }
}
