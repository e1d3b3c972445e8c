package dev.gatun.cli.report;

import dev.gatun.Scores;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.report.NumberBlock.Part;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import dev.gatun.spectral.Spectrum;
import java.util.Arrays;

/** The diffusion map and the magnetic eigenmap of a head: eigenvalues, and coordinates of the tokens at time 0. */
final class EmbeddingPart {

    private final Computed<DiffusionMap> diffusion;
    private final Computed<MagneticMap> magnetic;
    private final int coordinates;
    private final int magneticCoordinates;
    private final Part real;
    private final Part magneticReal;
    private final Part magneticImaginary;

    EmbeddingPart(Scores scores, HeadsSettings settings, Extent extent, NumberBlock block) {
        int tokens = scores.rows();
        Eigenpairs request = Eigenpairs.largest(Math.min(Extent.EIGENVALUES, tokens));
        this.diffusion = Computed.of(() -> DiffusionMap.of(scores.diffusion(settings.alpha()), 0, request));
        this.magnetic = Computed.of(() -> MagneticMap.of(scores.magnetic(settings.charge(), settings.alpha()), 0, request));
        this.coordinates = Math.min(extent.coordinates(), tokens - 1);
        this.magneticCoordinates = Math.min(extent.magneticCoordinates(), tokens);
        this.real = diffusion.result() == null ? null : block.add(columns(diffusion.result().coordinates(0), coordinates, 0, 1));
        double[][] complex = magnetic.result() == null ? null : magnetic.result().coordinates(0);
        this.magneticReal = complex == null ? null : block.add(columns(complex, magneticCoordinates, 0, 2));
        this.magneticImaginary = complex == null ? null : block.add(columns(complex, magneticCoordinates, 1, 2));
    }

    /** {@code count} entries of each row, from {@code first} on, {@code step} apart. */
    private static double[] columns(double[][] rows, int count, int first, int step) {
        double[] columns = new double[rows.length * count];
        for (int i = 0; i < rows.length; i++) {
            for (int k = 0; k < count; k++) {
                columns[i * count + k] = rows[i][first + k * step];
            }
        }
        return columns;
    }

    /** Writes members of an object that has been begun. */
    void write(JsonWriter json) {
        json.name("diffusion").beginObject();
        writeSpectrum(json, diffusion.then(DiffusionMap::spectrum), 1, coordinates);
        Part.write(json.name("coordinates"), real);
        json.end().name("magnetic").beginObject();
        writeSpectrum(json, magnetic.then(MagneticMap::spectrum), 0, magneticCoordinates);
        Part.write(json.name("real"), magneticReal);
        Part.write(json.name("imaginary"), magneticImaginary);
        json.end();
    }

    /** Writes the eigenvalues of {@code count} coordinates, the first of which is that of the eigenpair {@code first}, and all. */
    private static void writeSpectrum(JsonWriter json, Computed<Spectrum> spectrum, int first, int count) {
        double[] values = spectrum.result() == null ? new double[0] : spectrum.result().values();
        write(json.name("values"), values.length == 0 ? values : Arrays.copyOfRange(values, first, first + count));
        write(json.name("spectrum"), values);
        json.name("groups").beginArray();
        if (spectrum.result() != null) {
            spectrum.result().groups().forEach(group -> json.value(new int[] {group.first(), group.end()}));
        }
        json.end();
        boolean converged = spectrum.result() == null || spectrum.result().converged();
        json.name("reason").value(converged ? spectrum.reason() : "the eigenvalues did not converge within the products allowed");
    }

    private static void write(JsonWriter json, double[] values) {
        json.beginArray();
        for (double value : values) {
            json.value(value);
        }
        json.end();
    }
}
