package dev.gatun.property;

import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.RowStochasticLaws;

/** The laws accept the definition of attention in float32 arithmetic. */
class TextbookAttentionTest implements RowStochasticLaws {

    @Override
    public OperatorUnderTest operator() {
        return new TextbookAttention();
    }
}
