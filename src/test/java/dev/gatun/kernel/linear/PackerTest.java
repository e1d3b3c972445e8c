package dev.gatun.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights that are packed part by part lie where those that are packed at once do. */
class PackerTest {

    @ParameterizedTest
    @CsvSource({"1,1,1,1", "7,5,2,3", "128,64,50,24", "300,150,77,40", "130,200,128,64", "384,96,42,32"})
    void partsLieWhereTheWholeDoes(int inputs, int outputs, int rows, int columns) {
        Random random = new Random(inputs);
        float[] weights = new float[inputs * outputs];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        float[] bias = new float[outputs];
        LinearWeights.Packer wide = new LinearWeights.Packer(inputs, outputs, false);
        LinearWeights.Packer narrow = new LinearWeights.Packer(inputs, outputs, true);
        for (int output = 0; output < outputs; output += columns) {
            int width = Math.min(columns, outputs - output);
            for (int input = 0; input < inputs; input += rows) {
                int count = Math.min(rows, inputs - input);
                float[] part = new float[count * width];
                for (int i = 0; i < count; i++) {
                    System.arraycopy(weights, (input + i) * outputs + output, part, i * width, width);
                }
                wide.put(part, input, count, output, width);
                narrow.put(part, input, count, output, width);
            }
        }
        assertArrayEquals(LinearWeights.float32(weights, inputs, outputs, bias).float32Panels(), wide.pack(bias).float32Panels());
        assertArrayEquals(LinearWeights.bfloat16(weights, inputs, outputs, bias).bfloat16Panels(), narrow.pack(bias).bfloat16Panels());
    }
}
