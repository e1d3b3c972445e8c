package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Numbers;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.head.WideEntries;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.PackedValues;

/** The coupling of one head, {@code exp(z_ij + u_i + v_j)}, its potentials factors where float32 holds them. */
final class CouplingHead extends RealHead {

    private final CouplingForm coupling;
    private final HeadCoupling potentials;
    private Scaling scaling;

    CouplingHead(CouplingForm form, HeadScores inputs, int head) {
        super(form, inputs, head);
        this.coupling = form;
        this.potentials = form.heads().get(head);
    }

    @Override
    public HeadSource<HeadOperator> source() {
        return new ProductRows.OfPotentials(potentials());
    }

    private Scaling.Source potentials() {
        return new Scaling.Source(coupling.direction(), new Numbers(potentials.u()), new Numbers(potentials.v()), potentials.accuracy(),
                potentials.beyondFloat32());
    }

    @Override
    public boolean isWide() {
        return potentials.beyondFloat32();
    }

    @Override
    public void multiply(PackedValues values, float[] out, HeadLoop.Pieces pieces) {
        multiply(scaling(pieces), values, out, pieces);
    }

    @Override
    public void multiplyWide(float[] values, int width, float[] out, HeadLoop.Pieces pieces) {
        Scaling scaling = scaling(pieces);
        WideEntries entries = new WideEntries(scaling.kernel(), scaling.u(), scaling.v());
        pieces.each(Lanes.blocks(inputs.rows()), (block, scratch) -> entries.multiply(block, scratch, values, width, out));
    }

    /** Built once. */
    @Override
    synchronized Scaling scaling(HeadLoop.Pieces pieces) {
        if (scaling == null) {
            scaling = potentials().of(inputs);
        }
        return scaling;
    }
}
