package dev.gatun.faults;

import dev.gatun.laws.BistochasticLaws;
import dev.gatun.laws.ChainUnderTest;
import dev.gatun.laws.ClosureLaws;
import dev.gatun.laws.ColumnStochasticLaws;
import dev.gatun.laws.CurrentsLaws;
import dev.gatun.laws.DeterminismLaws;
import dev.gatun.laws.GaugeLaws;
import dev.gatun.laws.LogKernel;
import dev.gatun.laws.MagneticLaws;
import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.ProductOfExpertsLaws;
import dev.gatun.laws.ReversibilityLaws;
import dev.gatun.laws.RowStochasticLaws;
import java.util.function.DoubleFunction;

/** The suites that copies are run through, faulty ones and sound ones. They are run by {@link FaultsTest} and not by themselves. */
final class Suites {

    /** What is under test: an operator, a magnetic operator for each charge, or a chain's figures. */
    private static Object subject;

    private Suites() {
    }

    static void install(Object newSubject) {
        subject = newSubject;
    }

    private static OperatorUnderTest installed() {
        return (OperatorUnderTest) subject;
    }

    /** Of attention. */
    static class Attention implements RowStochasticLaws, GaugeLaws, ClosureLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return installed();
        }
    }

    /** Of the backward message. */
    static class Backward implements RowStochasticLaws, GaugeLaws {

        @Override
        public OperatorUnderTest operator() {
            return installed();
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.BACKWARD;
        }
    }

    /** Of the columns of the forward divergence. */
    static class Columns implements ColumnStochasticLaws, ClosureLaws {

        @Override
        public OperatorUnderTest operator() {
            return installed();
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

    /** Of diffusion. */
    static class Diffusion implements RowStochasticLaws, ProductOfExpertsLaws, ReversibilityLaws, GaugeLaws {

        @Override
        public OperatorUnderTest operator() {
            return installed();
        }

        @Override
        public LogKernel logKernel() {
            return LogKernel.SYMMETRIC;
        }
    }

    /** Of magnetic diffusion. */
    static class Magnetic implements MagneticLaws {

        @Override
        @SuppressWarnings("unchecked")
        public OperatorUnderTest operator(double charge) {
            return ((DoubleFunction<OperatorUnderTest>) subject).apply(charge);
        }
    }

    /** Of plans. */
    static class Plans implements BistochasticLaws, GaugeLaws, ClosureLaws {

        @Override
        public OperatorUnderTest operator() {
            return installed();
        }

        @Override
        public double tolerance() {
            return SinkhornCopy.TOLERANCE;
        }

        @Override
        public Sums sums() {
            return Sums.BOTH;
        }
    }

    /** Of the figures of chains. */
    static class Chains implements CurrentsLaws {

        @Override
        public ChainUnderTest chain() {
            return (ChainUnderTest) subject;
        }
    }
}
