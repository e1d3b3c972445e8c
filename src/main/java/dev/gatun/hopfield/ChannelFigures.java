package dev.gatun.hopfield;

/**
 * The energy {@code E = -1/2 s^T M_sym s} and the stability of one channel of a head's result (arXiv 2605.27476). The state s is the
 * channel, centred over the tokens and of length 1; {@code M = Q K^T} is that of centred queries and keys, and {@code h = M_sym s} is the
 * local field.
 *
 * @param energy      E, in units of M; 0 for a constant channel
 * @param instability the fraction of tokens t with {@code s_t h_t < 0}, whose field opposes their state; 0 for a constant channel
 * @param alignment   {@code cos(s, h)}, -1 to 1; 0 for a constant channel, and if the field is 0
 * @param constant    whether all entries of the channel agree up to rounding: their spread is at most 64 ULP of the largest. Such a channel
 *                    has no direction
 */
public record ChannelFigures(double energy, double instability, double alignment, boolean constant) {
}
