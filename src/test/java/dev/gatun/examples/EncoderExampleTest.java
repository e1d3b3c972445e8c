package dev.gatun.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.encoder.Regimes;
import dev.gatun.model.TrainedModels;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example finds what a reader would. */
@Tag("any-width")
class EncoderExampleTest {

    private static final List<String> PASSAGES = List.of("Cats sleep for most of the day.",
            "The lake feeds the locks through which ships cross the isthmus.", "A matrix is bistochastic if its rows and columns sum to 1.");

    @ParameterizedTest
    @ValueSource(strings = {"", "layer 0: bistochastic; layer 3 head 5: circulation 0.8"})
    void findsThePassageThatAnswersAQuestion(String regimes) {
        Path model = TrainedModels.path("all-minilm-l6-v2");
        assertEquals(1, EncoderExample.best(model, Regimes.parse(regimes), "How do vessels pass from one ocean to the other?", PASSAGES));
        assertEquals(2, EncoderExample.best(model, Regimes.parse(regimes), "When is a matrix doubly stochastic?", PASSAGES));
    }
}
