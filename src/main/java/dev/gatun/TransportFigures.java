package dev.gatun;

import dev.gatun.internal.sinkhorn.CouplingSums;

/**
 * The transport cost, entropy and divergences of a coupling Pi, and the objective that they add up to. With the cost
 * {@code C = -z / beta} (the divergence, or minus the score if there are no self-scores), {@code eps = 1 / beta} and
 * {@code KL(p | q) = sum p log(p / q) - p + q}, a solve minimises
 *
 * <pre>
 *   objective = &lt;Pi, C&gt; + eps sum_ij Pi_ij (log Pi_ij - 1) + rho_1 KL(Pi 1 | mu) + rho_2 KL(Pi' 1 | nu)
 *             = transportCost - eps entropy + rho_1 klRows + rho_2 klColumns
 * </pre>
 *
 * or, with the entropy relative to the marginals ({@link Sinkhorn.Reference#MARGINALS}),
 * {@code transportCost + eps klProduct + rho_1 klRows + rho_2 klColumns}. Cost and objective are in units of scores times mass, the
 * entropy and the divergences in nats times mass. The KL term of an enforced marginal is 0; {@link SinkhornSolution} has the errors of
 * its sums. All figures are sums in float64 over the coupling {@code exp(z_ij + u_i + v_j)} of the solve, whose scores are computed in
 * float64.
 *
 * <p>In POT, {@code ot.unbalanced.sinkhorn_unbalanced(mu, nu, C, reg=eps, reg_m=(rho_1, rho_2), reg_type="entropy", log=True)}
 * computes this coupling. Its {@code log["cost"]} is {@code transportCost}; its {@code log["total_cost"]} omits the terms {@code -p + q}
 * of every KL, so it is {@code objective + eps mass + rho_1 (mass - sum mu) + rho_2 (mass - sum nu)}. With {@code reg_type="kl"} it
 * computes the coupling of {@link Sinkhorn.Reference#MARGINALS}, and {@code total_cost} is {@code objective +
 * eps (mass - sum mu sum nu) + rho_1 (mass - sum mu) + rho_2 (mass - sum nu)}. An enforced marginal has no rho term. In OTT,
 * {@code tau_a = rho_1 / (rho_1 + eps)} and {@code tau_b = rho_2 / (rho_2 + eps)} give the latter coupling, and {@code reg_ot_cost} is
 * {@code objective}.
 *
 * @param mass          {@code sum_ij Pi_ij}
 * @param transportCost {@code sum_ij Pi_ij C_ij}; masked entries add nothing
 * @param entropy       {@code -sum_ij Pi_ij (log Pi_ij - 1)}
 * @param klProduct     {@code KL(Pi | mu nu')}
 * @param klRows        {@code KL(Pi 1 | mu)}; 0 if row sums are enforced
 * @param klColumns     {@code KL(Pi' 1 | nu)}; 0 if column sums are enforced
 * @param objective     the minimised sum
 */
public record TransportFigures(double mass, double transportCost, double entropy, double klProduct, double klRows,
                               double klColumns, double objective) {

    static TransportFigures of(CouplingSums.Figures figures) {
        return new TransportFigures(figures.mass(), figures.transportCost(), figures.entropy(), figures.klProduct(), figures.klRows(),
                figures.klColumns(), figures.objective());
    }
}
