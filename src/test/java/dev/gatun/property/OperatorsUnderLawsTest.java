package dev.gatun.property;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.laws.BistochasticLaws;
import dev.gatun.laws.Capability;
import dev.gatun.laws.ClosureLaws;
import dev.gatun.laws.ColumnStochasticLaws;
import dev.gatun.laws.Declined;
import dev.gatun.laws.DeterminismLaws;
import dev.gatun.laws.GaugeLaws;
import dev.gatun.laws.Head;
import dev.gatun.laws.LogKernel;
import dev.gatun.laws.MagneticLaws;
import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.ProductOfExpertsLaws;
import dev.gatun.laws.ReversibilityLaws;
import dev.gatun.laws.RowStochasticLaws;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Group;
import net.jqwik.api.Label;

/** Every operator of the library obeys the published laws. */
@Label("operators under the laws")
class OperatorsUnderLawsTest {

    private static final Set<Capability> ANYWHERE = EnumSet.of(Capability.TEMPERATURE, Capability.MATRIX, Capability.THREADS,
            Capability.PLACEMENT);

    private static Set<Capability> anywhereAnd(Capability first, Capability... more) {
        EnumSet<Capability> capabilities = EnumSet.of(first, more);
        capabilities.addAll(ANYWHERE);
        return capabilities;
    }

    @Group
    @Label("attention")
    class Attention implements RowStochasticLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return GatunOperator.of(Normalisation.ATTENTION,
                    anywhereAnd(Capability.OTHER_KEYS, Capability.CAUSAL_MASK, Capability.LONG_SUMS));
        }
    }

    @Group
    @Label("attention by a plan")
    class AttentionByPlan implements RowStochasticLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return new PlanUnderLaws();
        }
    }

    @Group
    @Label("attention by decoding")
    class AttentionByDecoding implements RowStochasticLaws, GaugeLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return new DecodingUnderLaws();
        }
    }

    @Group
    @Label("backward")
    class Backward implements RowStochasticLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return GatunOperator.of(Normalisation.BACKWARD, anywhereAnd(Capability.CAUSAL_MASK));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.BACKWARD;
        }
    }

    @Group
    @Label("attention-column")
    class AttentionColumn implements ColumnStochasticLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return GatunOperator.of(Normalisation.ATTENTION_COLUMN, anywhereAnd(Capability.CAUSAL_MASK));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.FORWARD;
        }

        @Override
        public Sums sums() {
            return Sums.COLUMNS;
        }
    }

    @Group
    @Label("backward-column")
    class BackwardColumn implements ColumnStochasticLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return GatunOperator.of(Normalisation.BACKWARD_COLUMN, anywhereAnd(Capability.CAUSAL_MASK));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.BACKWARD;
        }

        @Override
        public Sums sums() {
            return Sums.COLUMNS;
        }
    }

    @Group
    @Label("diffusion")
    class Diffusion implements RowStochasticLaws, ProductOfExpertsLaws, ReversibilityLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return GatunOperator.of(Normalisation.DIFFUSION, anywhereAnd(Capability.CAUSAL_MASK, Capability.QUERY_GAUGE));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.SYMMETRIC;
        }

        @Override
        public Optional<OperatorUnderTest> attention() {
            return Optional.of(GatunOperator.of(Normalisation.ATTENTION, ANYWHERE));
        }

        @Override
        public Optional<OperatorUnderTest> backward() {
            return Optional.of(GatunOperator.of(Normalisation.BACKWARD, ANYWHERE));
        }
    }

    @Group
    @Label("diffusion, alpha = 1")
    class LaplaceBeltrami implements RowStochasticLaws, ReversibilityLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return GatunOperator.of(Normalisation.LAPLACE_BELTRAMI, anywhereAnd(Capability.QUERY_GAUGE));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.SYMMETRIC;
        }

        @Override
        public double alpha() {
            return 1;
        }
    }

    @Group
    @Label("magnetic")
    class Magnetic implements MagneticLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator(double charge) {
            return new GatunOperator(new GatunOperator.Making() {
                @Override
                public void apply(Scores scores, Head head, Heads v, Heads out) {
                    scores.magnetic(charge).apply(v, out);
                }

                @Override
                public void matrix(Scores scores, Head head, Heads out) {
                    scores.magnetic(charge).matrix(out);
                }
            }, 2, ANYWHERE);
        }
    }

    @Group
    @Label("bistochastic")
    class Bistochastic extends Coupling {

        @Override
        public OperatorUnderTest operator() {
            return coupling(Divergence.FORWARD, anywhereAnd(Capability.QUERY_GAUGE, Capability.MARGINALS, Capability.OTHER_KEYS));
        }
    }

    @Group
    @Label("bistochastic-backward")
    class BistochasticBackward extends Coupling {

        @Override
        public OperatorUnderTest operator() {
            return coupling(Divergence.BACKWARD, anywhereAnd(Capability.QUERY_GAUGE, Capability.MARGINALS));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.BACKWARD;
        }
    }

    @Group
    @Label("bistochastic-diffusion")
    class BistochasticDiffusion extends Coupling {

        @Override
        public OperatorUnderTest operator() {
            return coupling(Divergence.SYMMETRIC, anywhereAnd(Capability.QUERY_GAUGE, Capability.MARGINALS));
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.SYMMETRIC;
        }
    }

    /** A solve that did not converge has no result. */
    abstract static class Coupling implements BistochasticLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        private static final double TOLERANCE = 1e-6;

        @Override
        public double tolerance() {
            return TOLERANCE;
        }

        @Override
        public Sums sums() {
            return Sums.BOTH;
        }

        static OperatorUnderTest coupling(Divergence divergence, Set<Capability> capabilities) {
            return new GatunOperator(new GatunOperator.Making() {
                @Override
                public void apply(Scores scores, Head head, Heads v, Heads out) {
                    solved(scores, head).apply(v, out);
                }

                @Override
                public void matrix(Scores scores, Head head, Heads out) {
                    solved(scores, head).matrix(out);
                }

                private Operator solved(Scores scores, Head head) {
                    Sinkhorn options = Sinkhorn.tolerance(TOLERANCE).withMaxIterations(200);
                    SinkhornResult result = scores.sinkhorn(divergence,
                            head.hasMasses() ? options.withMarginals(head.rowMasses(), head.columnMasses()) : options);
                    if (!result.converged()) {
                        throw new Declined("the solve is " + result.heads().getFirst().status());
                    }
                    return result.operator();
                }
            }, 1, capabilities);
        }
    }
}
