package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Messages;
import dev.gatun.dynamics.PathEntropy;
import dev.gatun.dynamics.ProductOfExperts;
import dev.gatun.encoder.TokenizedText;
import dev.gatun.encoder.Tokenizer;
import dev.gatun.hopfield.Hopfield;
import dev.gatun.io.Vectors;
import dev.gatun.property.Tokens;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Nobody can change a result through the arrays and lists that it hands out. */
class ResultsAreCopiesTest {

    private static final int N = 6;
    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-5);

    private final Arena arena = Arena.ofAuto();
    private final Scores scores = Tokens.random(1, N, N, 4, 1).scores(arena);

    /** Whatever a result hands out is another array at each call, and what it was given is copied. */
    @TestFactory
    Stream<DynamicTest> arraysAreCopies() {
        return results().stream().map(result -> dynamicTest(result.getClass().getSimpleName(), () -> {
            for (Method method : arrays(result.getClass())) {
                Object[] arguments = method.getParameterCount() == 0 ? new Object[0]
                        : method.getParameterTypes()[0] == int.class ? new Object[] {1} : new Object[] {1.0};
                Object first = method.invoke(result, arguments);
                overwrite(first);
                Object second = method.invoke(result, arguments);
                assertDistinct(first, second, method);
                assertFalse(overwritten(second), () -> method + " hands out what it keeps");
            }
        }));
    }

    /** Every public type that hands out arrays is among those that are tried. */
    @Test
    void allResultsAreTried() throws Exception {
        Set<Class<?>> tried = results().stream().map(Object::getClass).collect(Collectors.toSet());
        for (Class<?> type : exported()) {
            assertTrue(arrays(type).isEmpty() || tried.contains(type), () -> type + " hands out arrays and is not tried");
        }
    }

    private List<Object> results() {
        double[] uniform = new double[N];
        Arrays.fill(uniform, 1.0 / N);
        Operator attention = scores.attention();
        SinkhornResult sinkhorn = scores.sinkhorn(SOLVE);
        BridgeResult bridge = attention.bridge(2, SOLVE.withMarginals(uniform, uniform));
        Dynamics dynamics = Dynamics.of(attention, 0);
        DiffusionMap map = DiffusionMap.of(scores.diffusion(), 0, Eigenpairs.largest(3));
        MagneticMap magnetic = MagneticMap.of(scores.magnetic(0.2), 0, Eigenpairs.largest(3));
        return List.of(sinkhorn.heads().getFirst(), bridge.heads().getFirst(), attention.sums(0), dynamics, dynamics.stationary(),
                dynamics.currents(), PathEntropy.of(bridge, 0), Messages.of(bridge, 0), ProductOfExperts.of(scores, 0), map,
                magnetic, map.spectrum(), scores.diffusion().conjugate(0),
                scores.diffusion().transitions(0), Hopfield.of(scores.queries(), scores.keys()), scores.queries(),
                scores.queries().matrix(0), new Vectors(new int[] {2}, new double[][] {uniform, uniform}), tokens());
    }

    private static TokenizedText tokens() {
        byte[] vocabulary = "[UNK]\n[CLS]\n[SEP]\nlake\n".getBytes(StandardCharsets.UTF_8);
        return Tokenizer.load(new ByteArrayInputStream(vocabulary), "vocab.txt").tokenize("lake lake");
    }

    /** Public methods that give arrays, of no argument, an index or a time. */
    private static List<Method> arrays(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()))
                .filter(method -> method.getReturnType().isArray() && !method.getReturnType().getComponentType().isEnum())
                .filter(method -> method.getParameterCount() == 0 || method.getParameterCount() == 1
                        && (method.getParameterTypes()[0] == int.class || method.getParameterTypes()[0] == double.class))
                .toList();
    }

    private static void overwrite(Object array) {
        for (int i = 0; i < Array.getLength(array); i++) {
            Object element = Array.get(array, i);
            if (element.getClass().isArray()) {
                overwrite(element);
            } else if (element instanceof Double) {
                Array.setDouble(array, i, 4711);
            } else if (element instanceof Float) {
                Array.setFloat(array, i, 4711);
            } else {
                Array.setInt(array, i, 4711);
            }
        }
    }

    private static boolean overwritten(Object array) {
        boolean found = false;
        for (int i = 0; i < Array.getLength(array); i++) {
            Object element = Array.get(array, i);
            found |= element.getClass().isArray() ? overwritten(element) : ((Number) element).doubleValue() == 4711;
        }
        return found;
    }

    private static void assertDistinct(Object first, Object second, Method method) {
        assertNotSame(first, second, method::toString);
        assertEquals(Array.getLength(first), Array.getLength(second));
    }

    private static List<Class<?>> exported() throws IOException, ClassNotFoundException {
        Path classes = Path.of("target", "classes");
        List<String> names;
        try (Stream<Path> files = Files.walk(classes.resolve("dev/gatun"))) {
            names = files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && !name.contains("package-info") && !name.matches(".*/(kernel|internal|cli|onnx)/.*"))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.')).toList();
        }
        List<Class<?>> types = new ArrayList<>();
        for (String name : names) {
            Class<?> type = Class.forName(name, false, ResultsAreCopiesTest.class.getClassLoader());
            if (Modifier.isPublic(type.getModifiers())) {
                types.add(type);
            }
        }
        return types;
    }

    /** Changing potentials that were handed out leaves the operator as it is. */
    @Test
    void theOperatorKeepsItsPotentials() {
        SinkhornResult result = scores.sinkhorn(SOLVE);
        Matrix before = Matrix.allocate(arena, N, N);
        result.operator().matrix(before);
        Arrays.fill(result.heads().getFirst().u(), 3);
        Arrays.fill(result.heads().getFirst().v(), -3);
        Matrix after = Matrix.allocate(arena, N, N);
        result.operator().matrix(after);
        assertTrue(Arrays.equals(before.toArray(), after.toArray()));
        double[] start = result.heads().getFirst().v();
        Sinkhorn warm = SOLVE.startingAt(result);
        Arrays.fill(start, Double.NaN);
        assertTrue(scores.sinkhorn(warm).converged());
    }

    /** Changing the densities of a bridge leaves its transitions as they are. */
    @Test
    void aBridgeKeepsItsDensities() {
        double[] uniform = new double[N];
        Arrays.fill(uniform, 1.0 / N);
        BridgeResult bridge = scores.attention().bridge(2, SOLVE.withMarginals(uniform, uniform));
        Matrix before = Matrix.allocate(arena, N, N);
        bridge.transition(0).matrix(before);
        for (double[] density : bridge.heads().getFirst().logPhi()) {
            Arrays.fill(density, -9);
            density[0] = 9;
        }
        Matrix after = Matrix.allocate(arena, N, N);
        bridge.transition(0).matrix(after);
        assertTrue(Arrays.equals(before.toArray(), after.toArray()));
    }
}
