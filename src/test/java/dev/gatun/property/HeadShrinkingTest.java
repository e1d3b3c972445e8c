package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.HeadArbitrary;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Shrinkable;
import org.junit.jupiter.api.Test;

/** Counterexamples shrink to heads for which the laws are defined. */
class HeadShrinkingTest {

    /** A causal mask is ambiguous if the numbers of queries and keys differ. */
    @Test
    void causalHeadsKeepAsManyKeysAsQueries() {
        RandomGenerator<Head> heads = HeadArbitrary.any(EnumSet.of(Capability.OTHER_KEYS, Capability.CAUSAL_MASK)).generator(1000);
        Random random = new Random(1);
        List<Head> causal = Stream.generate(() -> heads.next(random)).limit(100).filter(head -> head.value().causal())
                .flatMap(head -> head.shrink().limit(100)).map(Shrinkable::value).filter(Head::causal).toList();
        assertTrue(causal.stream().anyMatch(head -> head.rows() < 10));
        for (Head head : causal) {
            assertEquals(head.rows(), head.columns(), head::toString);
        }
    }
}
