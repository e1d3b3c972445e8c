package dev.gatun.cli.operator;

import dev.gatun.Sinkhorn;
import picocli.CommandLine.Mixin;

/** The parameters of all operators that have some. */
public final class OperatorOptions {

    @Mixin
    private DiffusionOptions diffusion;

    @Mixin
    private CirculationOptions circulation;

    @Mixin
    private SinkhornOptions sinkhorn;

    /** The defaults. */
    public OperatorOptions() {
        this(new DiffusionOptions(), new SinkhornOptions());
    }

    /** These parameters, and the default ones of circulation. */
    public OperatorOptions(DiffusionOptions diffusion, SinkhornOptions sinkhorn) {
        this.diffusion = diffusion;
        this.circulation = new CirculationOptions();
        this.sinkhorn = sinkhorn;
    }

    /** @throws dev.gatun.cli.output.Fault if a number is out of its range */
    public void check() {
        diffusion.check();
        circulation.check();
        sinkhorn.check();
    }

    DiffusionOptions diffusion() {
        return diffusion;
    }

    CirculationOptions circulation() {
        return circulation;
    }

    /** The options of the Sinkhorn solve of a bistochastic operator. */
    public Sinkhorn sinkhorn() {
        return sinkhorn.bistochastic();
    }
}
