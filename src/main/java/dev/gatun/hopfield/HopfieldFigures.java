package dev.gatun.hopfield;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The Hopfield figures of one head: the symmetry {@code eta = (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)} of its scores
 * {@code M = Q K^T}, and the stability of its result in their energy landscape (arXiv 2605.27476).
 *
 * @param eta        eta of M as given: 1 if M is symmetric, -1 if it is skew, 0 if it is zero
 * @param etaCentred eta of queries and keys centred over the tokens
 * @param channels   the figures of each channel
 */
public record HopfieldFigures(double eta, double etaCentred, List<ChannelFigures> channels) {

    /** Copies the list. */
    public HopfieldFigures {
        channels = List.copyOf(channels);
    }

    /**
     * The number of constant channels, which the means leave out.
     *
     * @return 0 to C
     */
    public int constantChannels() {
        return (int) channels.stream().filter(ChannelFigures::constant).count();
    }

    /**
     * The mean energy of the channels that are not constant.
     *
     * @return the mean in units of M; 0 if all channels are constant
     */
    public double energyMean() {
        return mean(ChannelFigures::energy);
    }

    /**
     * The mean instability of the channels that are not constant.
     *
     * @return 0 to 1; 0 if all channels are constant
     */
    public double instabilityFraction() {
        return mean(ChannelFigures::instability);
    }

    /**
     * The mean alignment of the channels that are not constant.
     *
     * @return -1 to 1; 0 if all channels are constant
     */
    public double alignment() {
        return mean(ChannelFigures::alignment);
    }

    private double mean(ToDoubleFunction<ChannelFigures> figure) {
        return channels.stream().filter(channel -> !channel.constant()).mapToDouble(figure).average().orElse(0);
    }
}
