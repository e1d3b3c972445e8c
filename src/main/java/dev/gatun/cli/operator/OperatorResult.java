package dev.gatun.cli.operator;

import dev.gatun.KernelOperator;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.hopfield.Circulation;
import java.util.List;

/**
 * An operator and the Sinkhorn solves that it takes.
 *
 * @param operator  null if some head has no coupling
 * @param solutions one for each head; empty for an operator that takes no Sinkhorn solve
 */
public record OperatorResult(NamedOperator operator, List<SinkhornSolution> solutions) {

    static OperatorResult of(KernelOperator operator) {
        return new OperatorResult(new NamedOperator.Plain(operator), List.of());
    }

    static OperatorResult of(Circulation circulation) {
        return new OperatorResult(new NamedOperator.Blended(circulation), List.of());
    }

    static OperatorResult of(SinkhornResult result) {
        boolean feasible = result.heads().stream().noneMatch(head -> head.status() == SinkhornStatus.INFEASIBLE);
        return new OperatorResult(feasible ? new NamedOperator.Plain(result.operator()) : null, result.heads());
    }
}
