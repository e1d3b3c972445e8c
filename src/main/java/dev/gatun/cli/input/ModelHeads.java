package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import dev.gatun.encoder.EncoderConfig;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.encoder.TokenizedText;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** The queries, keys and values of a model on a text, layer after layer. */
final class ModelHeads {

    private final EncoderModel model;
    private final TokenizedText text;
    private final EncoderPlan plan;
    private final TokenBatch batch;

    private ModelHeads(EncoderModel model, TokenizedText text) {
        this.model = model;
        this.text = text;
        this.batch = new TokenBatch(this.text.count(), 1);
        this.batch.add(this.text);
        this.plan = EncoderPlan.of(model, this.text.count(), 1);
    }

    /**
     * Reads the heads. A text of more tokens than the model takes is cut, and the console is told.
     *
     * @param name  the model as the command line has it, for messages
     * @param layer the layer, or null for all
     * @param head  its head, or null for all
     */
    static Inputs read(String name, Path file, String text, Integer layer, Integer head, Arena arena, Console console) {
        EncoderModel model = EncoderModel.load(file);
        EncoderConfig config = model.config();
        requireBelow("--layer", layer, config.layers(), model);
        requireBelow("--head", head, config.heads(), model);
        return new ModelHeads(model, tokens(model, text, console)).read(name, layer, head, arena);
    }

    private static TokenizedText tokens(EncoderModel model, String text, Console console) {
        int most = model.config().positions();
        TokenizedText all = model.tokenizer().tokenize(text);
        if (all.count() <= most) {
            return all;
        }
        console.complain("%s takes at most %s tokens: of the %s tokens of the text, only the beginning is used"
                .formatted(model.name(), most, all.count()));
        return model.tokenizer().tokenize(text, most);
    }

    private static void requireBelow(String option, Integer index, int count, EncoderModel model) {
        if (index != null && (index < 0 || index >= count)) {
            throw Fault.usage("%s must be 0 to %d for %s, not %d", option, count - 1, model.name(), index);
        }
    }

    private Inputs read(String name, Integer layer, Integer head, Arena arena) {
        int first = layer == null ? 0 : layer;
        int layers = layer == null ? model.config().layers() : 1;
        Heads q = allocate(layers, arena);
        Heads k = allocate(layers, arena);
        Heads v = allocate(layers, arena);
        if (layer == null) {
            plan.heads(batch, q, k, v);
        } else {
            plan.heads(batch, layer, q, k, v);
        }
        List<String> tokens = IntStream.range(0, text.count()).mapToObj(text::token).toList();
        return Inputs.of(select(name, q, layer, head), select(name, k, layer, head), select(name, v, layer, head),
                new ModelText(model.name(), tokens, first, head == null ? 0 : head));
    }

    private Heads allocate(int layers, Arena arena) {
        EncoderConfig config = model.config();
        return Heads.allocate(arena, layers, config.heads(), text.count(), config.hidden() / config.heads());
    }

    /** The heads of a layer. */
    private static Heads layer(Heads heads, int layer) {
        return HeadRun.slice(heads, layer * heads.heads(), heads.heads());
    }

    /** All heads as they are, those of one layer as (heads, N, d), or one head as (N, d). */
    private static NamedTensor select(String name, Heads heads, Integer layer, Integer head) {
        Heads selected = layer == null ? heads : head == null ? layer(heads, 0) : Heads.of(heads.matrix(head));
        return new NamedTensor(name, selected);
    }
}
