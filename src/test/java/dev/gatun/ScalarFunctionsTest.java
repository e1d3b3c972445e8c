package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No result passes through a scalar function that each platform computes in its own way. Read from the class files. */
@Tag("any-width")
class ScalarFunctionsTest {

    /** Functions of {@code Math} whose last bits are left to the platform. */
    private static final Set<String> OWN = Set.of("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "exp",
            "expm1", "log", "log10", "log1p", "pow", "cbrt", "hypot");

    private static final Path CLASSES = Path.of("target", "classes", "dev");

    @Test
    void functionsAreTheSameEverywhere() throws IOException {
        Set<String> users = new TreeSet<>();
        Set<String> exact = new TreeSet<>();
        try (Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
                ClassModel type = ClassFile.of().parse(file);
                StreamSupport.stream(type.constantPool().spliterator(), false).forEach(entry -> {
                    if (entry instanceof MemberRefEntry member && OWN.contains(member.name().stringValue())) {
                        Set<String> callers = member.owner().asInternalName().equals("java/lang/Math") ? users
                                : member.owner().asInternalName().equals("java/lang/StrictMath") ? exact : new TreeSet<>();
                        callers.add(type.thisClass().asInternalName() + " calls " + member.name().stringValue());
                    }
                });
            }
        }
        assertTrue(exact.contains("dev/gatun/attention/PartialAttention calls exp"), exact::toString);
        assertEquals(Set.of(), users);
    }
}
