package dev.gatun.property;

import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.RowStochasticLaws;

/** The laws let a textbook's float32 arithmetic pass. */
class TextbookAttentionTest implements RowStochasticLaws {

    @Override
    public OperatorUnderTest operator() {
        return new TextbookAttention();
    }
}
