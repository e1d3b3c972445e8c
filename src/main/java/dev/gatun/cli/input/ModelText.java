package dev.gatun.cli.input;

import java.util.List;

/**
 * The text whose heads are analysed.
 *
 * @param model  the name of the model
 * @param tokens the tokens, as text
 * @param layer  the layer of the first head
 * @param head   the place of the first head in its layer
 */
record ModelText(String model, List<String> tokens, int layer, int head) {

    ModelText {
        tokens = List.copyOf(tokens);
    }
}
