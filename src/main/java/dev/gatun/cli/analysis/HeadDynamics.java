package dev.gatun.cli.analysis;

import dev.gatun.cli.output.JsonWriter;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import dev.gatun.dynamics.StationaryDistribution;

/**
 * The figures of a head's dynamics, which outlive its chain: that takes far more memory.
 *
 * @param regime            at the law that the currents are taken at, as are all figures up to {@code drift}
 * @param entropyProduction in nats per step
 * @param maxCurrent        the largest current between two tokens
 * @param totalCurrent      what all of them add up to
 * @param flow              what moves between tokens, both ways
 * @param imbalance         the largest current beside the flow that it is part of
 * @param drift             how far the law is from stationary, beside the flow
 * @param spectralGap       {@code 1 - |lambda_2|}
 * @param gapConverged      whether that is right to 1e-6 of itself
 * @param relaxationTime    in steps
 * @param curlFraction      of the scores; 0 for an operator whose log-kernel is symmetric
 * @param vacuous           whether nothing moves
 * @param law               the stationary distribution
 */
public record HeadDynamics(Regime regime, double entropyProduction, double maxCurrent, double totalCurrent, double flow,
                    double imbalance, double drift, double spectralGap, boolean gapConverged, double relaxationTime,
                    double curlFraction, boolean vacuous, StationaryDistribution law) {

    /** Currents of less than this part of the flow leave a head near equilibrium. */
    private static final double NEAR = 0.1;

    public static HeadDynamics of(Dynamics dynamics, double curlFraction) {
        return new HeadDynamics(dynamics.regime(), dynamics.entropyProduction(), dynamics.currents().greatest(),
                dynamics.currents().total(), dynamics.currents().flow(), dynamics.currents().imbalance(), dynamics.drift(),
                dynamics.spectralGap(), dynamics.gapConverged(), dynamics.relaxationTime(), curlFraction, dynamics.vacuous(),
                dynamics.stationary());
    }

    /** The part of the flow that is current; NaN where nothing flows. */
    double share() {
        return totalCurrent / flow;
    }

    /** Whether something moves, and nearly as much of it there as back. */
    boolean nearEquilibrium() {
        return share() < NEAR;
    }

    /** The members that tell of it, in an object already begun. */
    public void writeMembers(JsonWriter json) {
        json.name("regime").value(regime.label())
                .name("entropyProduction").value(entropyProduction)
                .name("maxCurrent").value(maxCurrent)
                .name("totalCurrent").value(totalCurrent)
                .name("flow").value(flow)
                .name("imbalance").value(imbalance)
                .name("drift").value(drift)
                .name("vacuous").value(vacuous)
                .name("spectralGap").value(spectralGap)
                .name("gapConverged").value(gapConverged)
                .name("relaxationTime").value(relaxationTime)
                .name("curlFraction").value(curlFraction);
        writeLaw(json);
    }

    private void writeLaw(JsonWriter json) {
        json.name("closedClasses").value(law.closedClasses())
                .name("period").value(law.period())
                .name("absorbing").value(law.absorbing())
                .name("law").value(law.method().label())
                .name("residual").value(law.residual())
                .name("iterations").value(law.iterations());
    }
}
