/**
 * The dynamics of a head's Markov chain: its stationary distribution, currents, entropy production and regime, its relaxation, the
 * cycles that it runs along, the messages of its two ends, and how far a driven chain is from the one it was made of.
 */
package dev.gatun.dynamics;
