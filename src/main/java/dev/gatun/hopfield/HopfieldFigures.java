package dev.gatun.hopfield;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The figures of one head: how symmetric its scores are, and how stable what it retrieved is in their energy landscape.
 *
 * @param eta        {@code (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)} of {@code M = Q K^T} as given: 1 where M is
 *                   symmetric, -1 where it is skew; 0 of a zero matrix
 * @param etaCentred the same of queries and keys centred over the tokens
 * @param channels   the figures of each channel
 */
public record HopfieldFigures(double eta, double etaCentred, List<ChannelFigures> channels) {

    /** Figures with a copy of the channels. */
    public HopfieldFigures {
        channels = List.copyOf(channels);
    }

    /** The number of channels that are the same at all tokens but for rounding: means leave them out. */
    public int constantChannels() {
        return (int) channels.stream().filter(ChannelFigures::constant).count();
    }

    /** The mean energy of the channels that are not constant; 0 if all are. */
    public double energyMean() {
        return mean(ChannelFigures::energy);
    }

    /** The mean instability of the channels that are not constant; 0 if all are. */
    public double instabilityFraction() {
        return mean(ChannelFigures::instability);
    }

    /** The mean alignment of the channels that are not constant; 0 if all are. */
    public double alignment() {
        return mean(ChannelFigures::alignment);
    }

    private double mean(ToDoubleFunction<ChannelFigures> figure) {
        return channels.stream().filter(channel -> !channel.constant()).mapToDouble(figure).average().orElse(0);
    }
}
