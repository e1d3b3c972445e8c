/**
 * The dynamics of Markov chains on tokens: stationary distributions, currents, entropy production and the spectral gap.
 *
 * <p>Every {@link dev.gatun.Operator} whose rows or columns sum to 1 is a Markov chain, {@link dev.gatun.Transitions}.
 * {@link dev.gatun.dynamics.Dynamics} has its {@link dev.gatun.dynamics.StationaryDistribution}, its
 * {@link dev.gatun.dynamics.Currents} and its {@link dev.gatun.dynamics.Regime}. {@link dev.gatun.dynamics.Messages} and
 * {@link dev.gatun.dynamics.PathEntropy} describe a chain whose two ends are given, such as a Schroedinger bridge, and
 * {@link dev.gatun.dynamics.ProductOfExperts} compares attention with the backward message.
 *
 * <p>All figures are float64. Currents and flows are probabilities per step, entropies are in nats, times in steps. Spectral gaps, and
 * stationary distributions of more than 2048 tokens, need EJML on the class path or module path.
 *
 * {@snippet :
 * Dynamics dynamics = Dynamics.of(scores.attention(), head);
 * Regime regime = dynamics.regime();
 * double sigma = dynamics.entropyProduction();
 * double[] pi = dynamics.stationary().pi();
 * double gap = dynamics.spectralGap();
 * }
 */
package dev.gatun.dynamics;
