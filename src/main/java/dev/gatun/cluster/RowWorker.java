package dev.gatun.cluster;

import dev.gatun.Scores;
import dev.gatun.internal.head.ChainRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.operator.ConjugateFormer;
import dev.gatun.internal.operator.HeadOperator;
import dev.gatun.internal.operator.MagneticHead;
import dev.gatun.internal.operator.ProductRows;
import dev.gatun.internal.rows.ConjugateRequest;
import dev.gatun.internal.rows.HeadRows;
import dev.gatun.internal.rows.Latest;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.ConjugateTiles;
import java.io.Serializable;

/**
 * Computes rows of a kernel for a solve on another machine, whose workers are {@link dev.gatun.Workers#on}. Any number of threads may call
 * it.
 */
public final class RowWorker {

    private final HeadScores head;
    private final HeadRows rows;
    private final Latest<ProductRows.Form, HeadOperator> operator = new Latest<>();
    private final Latest<KernelSource, LogKernel> chain = new Latest<>();
    private final Latest<ConjugateFormer.Source, ConjugateTiles> tiles = new Latest<>();

    private RowWorker(HeadScores head) {
        this.head = head;
        this.rows = new HeadRows(head);
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
     */
    public Serializable run(Serializable request, int first, int end) {
        return switch (request) {
            case ProductRows.Request product ->
                    product.run(operator.of(product.form(), form -> form.head(head)), head.rows(), first, end);
            case ChainRequest pass -> pass.run(chain.of(pass.source(), source -> source.of(head)), first, end);
            case ConjugateRequest conjugate -> conjugate.run(
                    tiles.of((ConjugateFormer.Source) conjugate.source(), source -> source.of(head)), first, end);
            case MagneticHead.ModulusSums sums -> sums.run(operator.of(new ProductRows.OfForm(sums.form()), form -> form.head(head)),
                    first, end);
            default -> rows.compute(request, first, end);
        };
    }
}
