package dev.gatun.cli.analysis;

import dev.gatun.cli.output.JsonWriter;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import dev.gatun.dynamics.StationaryDistribution;

/**
 * The figures of a head's dynamics, without its chain, which takes far more memory. All figures up to {@code drift} refer to the
 * distribution of the currents.
 *
 * @param regime            the regime
 * @param entropyProduction the entropy production in nats per step
 * @param maxCurrent        the largest current between two tokens
 * @param totalCurrent      the sum of all currents
 * @param flow              the mass that moves between tokens in a step, in both directions
 * @param imbalance         the largest ratio of a current to its flow
 * @param drift             the distance of the distribution from stationary, relative to the flow
 * @param spectralGap       {@code 1 - |lambda_2|}
 * @param gapConverged      whether the relative error of the spectral gap is at most 1e-6
 * @param relaxationTime    the relaxation time in steps
 * @param curlFraction      the curl of the scores; 0 for an operator with a symmetric log-kernel
 * @param vacuous           whether nothing moves
 * @param stationary        the stationary distribution
 */
public record HeadDynamics(Regime regime, double entropyProduction, double maxCurrent, double totalCurrent, double flow,
                    double imbalance, double drift, double spectralGap, boolean gapConverged, double relaxationTime,
                    double curlFraction, boolean vacuous, StationaryDistribution stationary) {

    /** A head is near equilibrium if its currents are less than this part of the flow. */
    private static final double MAX_SHARE_NEAR_EQUILIBRIUM = 0.1;

    public static HeadDynamics of(Dynamics dynamics, double curlFraction) {
        return new HeadDynamics(dynamics.regime(), dynamics.entropyProduction(), dynamics.currents().maxCurrent(),
                dynamics.currents().total(), dynamics.currents().flow(), dynamics.currents().imbalance(), dynamics.drift(),
                dynamics.spectralGap(), dynamics.gapConverged(), dynamics.relaxationTime(), curlFraction, dynamics.vacuous(),
                dynamics.stationary());
    }

    /** The part of the flow that is current; NaN if nothing flows. */
    double share() {
        return totalCurrent / flow;
    }

    /** Whether something moves, and nearly as much in one direction as in the other. */
    boolean nearEquilibrium() {
        return share() < MAX_SHARE_NEAR_EQUILIBRIUM;
    }

    /** Writes the figures as members of an object that has been begun. */
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
        writeStationary(json);
    }

    private void writeStationary(JsonWriter json) {
        json.name("closedClasses").value(stationary.closedClasses())
                .name("period").value(stationary.period())
                .name("absorbing").value(stationary.absorbing())
                .name("law").value(stationary.method().label())
                .name("residual").value(stationary.residual())
                .name("iterations").value(stationary.iterations());
    }
}
