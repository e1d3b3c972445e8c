package dev.gatun.hopfield;

/**
 * How one channel of what a head retrieved lies in the landscape of its scores. The state s is the channel over the tokens,
 * centred and of length 1, {@code M = Q K^T} that of centred queries and keys, and {@code h = M_sym s} the local field.
 *
 * @param energy      {@code E = -1/2 s^T M_sym s}, in units of M; 0 of a constant channel
 * @param instability the share of tokens t at which {@code s_t h_t < 0}, so that the field would turn the state over; 0 of a
 *                    constant channel
 * @param alignment   {@code cos(s, h)}, from -1 to 1; 0 of a constant channel, or where there is no field
 * @param constant    whether the channel is the same at all tokens but for rounding: its entries spread over at most 64 ULP of the
 *                    largest. It has no direction then, and its figures mean nothing
 */
public record ChannelFigures(double energy, double instability, double alignment, boolean constant) {
}
