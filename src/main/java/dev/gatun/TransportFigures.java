package dev.gatun;

/**
 * What a coupling costs, term by term. With the cost {@code C = -z / beta} (the divergence, or minus the score where there are no
 * self-scores), {@code eps = 1 / beta} and {@code KL(p | q) = sum p log(p / q) - p + q}, a solve minimises
 *
 * <pre>
 *   objective = &lt;Pi, C&gt; + eps sum_ij Pi_ij (log Pi_ij - 1) + rho_1 KL(Pi 1 | mu) + rho_2 KL(Pi' 1 | nu)
 *             = transportCost - eps entropy + rho_1 klRows + rho_2 klColumns
 * </pre>
 *
 * and relative to the marginals ({@link Sinkhorn.Reference#MARGINALS}) {@code transportCost + eps klProduct + rho_1 klRows + rho_2
 * klColumns}. Costs and objective are in units of scores, the others in nats times mass. A marginal that is enforced has no KL term:
 * it is 0, and the error of its sums is in {@link SinkhornSolution}. All figures are sums in float64 over the coupling
 * {@code exp(z_ij + u_i + v_j)} of the solve, whose scores are computed in float64.
 *
 * <p>In POT, {@code ot.unbalanced.sinkhorn_unbalanced(mu, nu, C, reg=eps, reg_m=(rho_1, rho_2), reg_type="entropy", log=True)} has
 * this coupling; its {@code log["cost"]} is {@code transportCost}, and its {@code log["total_cost"]} leaves out the terms
 * {@code -p + q} of every KL, so it is {@code objective + eps mass + rho_1 (mass - sum mu) + rho_2 (mass - sum nu)}. With
 * {@code reg_type="kl"} it has that of {@link Sinkhorn.Reference#MARGINALS}, and {@code total_cost} is {@code objective +
 * eps (mass - sum mu sum nu) + rho_1 (mass - sum mu) + rho_2 (mass - sum nu)}; a relaxed side alone has its rho term. In OTT,
 * {@code tau_a = rho_1 / (rho_1 + eps)} and {@code tau_b = rho_2 / (rho_2 + eps)} give the latter coupling, and
 * {@code reg_ot_cost} is {@code objective}.
 *
 * @param mass          {@code sum_ij Pi_ij}
 * @param transportCost {@code sum_ij Pi_ij C_ij}; masked entries count for nothing
 * @param entropy       {@code -sum_ij Pi_ij (log Pi_ij - 1)}
 * @param klProduct     {@code KL(Pi | mu nu')}
 * @param klRows        {@code KL(Pi 1 | mu)}; 0 where row sums are enforced
 * @param klColumns     {@code KL(Pi' 1 | nu)}; 0 where column sums are enforced
 * @param objective     the sum above
 */
public record TransportFigures(double mass, double transportCost, double entropy, double klProduct, double klRows,
                               double klColumns, double objective) {
}
