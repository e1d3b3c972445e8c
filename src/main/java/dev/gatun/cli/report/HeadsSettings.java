package dev.gatun.cli.report;

import dev.gatun.Sinkhorn;
import dev.gatun.cli.output.JsonWriter;

/**
 * The parameters of all heads of a page.
 *
 * @param scale        the factor of inner products; 1 if scores are given by their entries
 * @param factor       the factor of {@code M = Q K^T}, on which energies depend
 * @param beta         the inverse temperature
 * @param causal       whether a causal mask hides keys
 * @param zeroDiagonal whether no token sees itself
 * @param alpha        the density normalisation of diffusion and magnetic diffusion
 * @param charge       the charge of magnetic diffusion
 * @param sinkhorn     the options of the Sinkhorn solves and of the bridge
 */
public record HeadsSettings(double scale, double factor, double beta, boolean causal, boolean zeroDiagonal, double alpha, double charge,
                            Sinkhorn sinkhorn) {

    /** Writes the parameters as an object. */
    void write(JsonWriter json) {
        json.beginObject()
                .name("beta").value(beta)
                .name("scale").value(scale)
                .name("causal").value(causal)
                .name("zeroDiagonal").value(zeroDiagonal)
                .name("alpha").value(alpha)
                .name("charge").value(charge)
                .end();
    }
}
