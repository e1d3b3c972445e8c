package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Vectors stay inside the methods that make them. The compiler may decline to inline any method of ours, and a vector that crosses a call
 * is an object on the heap; so is one in a field, unless it is a constant. Read from the class files.
 */
@Tag("any-width")
class VectorsInMethodsTest {

    private static final Path CLASSES = Path.of("target", "classes", "dev");

    /** A vector, a mask or a shuffle, but not a species or an operator. */
    private static final Pattern VECTOR = Pattern.compile("Ljdk/incubator/vector/\\w*Vector(Mask|Shuffle)?;");

    private static List<ClassModel> library;

    @BeforeAll
    static void readTheClassFiles() throws IOException {
        library = new ArrayList<>();
        try (Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
                library.add(ClassFile.of().parse(file));
            }
        }
        assertTrue(library.size() > 100, CLASSES.toString());
    }

    @Test
    void noMethodTakesOrReturnsAVector() {
        List<String> crossings = new ArrayList<>();
        for (ClassModel type : library) {
            for (MethodModel method : type.methods()) {
                if (VECTOR.matcher(method.methodType().stringValue()).find()) {
                    crossings.add(type.thisClass().asInternalName() + "::" + method.methodName().stringValue());
                }
            }
        }
        assertEquals(List.of(), crossings);
    }

    @Test
    void noFieldButAConstantHoldsAVector() {
        List<String> fields = new ArrayList<>();
        for (ClassModel type : library) {
            for (FieldModel field : type.fields()) {
                boolean constant = field.flags().has(AccessFlag.STATIC) && field.flags().has(AccessFlag.FINAL);
                if (!constant && VECTOR.matcher(field.fieldType().stringValue()).find()) {
                    fields.add(type.thisClass().asInternalName() + "." + field.fieldName().stringValue());
                }
            }
        }
        assertEquals(List.of(), fields);
    }

    /**
     * The type alone leaves the class open: see {@link Lanes#FLOAT_VECTOR}. In one method the first compiler of JDK 27 runs out of virtual
     * registers, and the second is never asked, if its sixteen loads are cast so as well.
     */
    @Test
    void noConversionIsCastToATypeOfVectors() {
        assertEquals(List.of("dev/gatun/kernel/SquareTranspose::writeRows"), methodsWith((before, instruction) -> before instanceof InvokeInstruction call
                && call.name().stringValue().matches("reinterpretShape|convertShape")
                && instruction instanceof TypeCheckInstruction cast && cast.opcode() == Opcode.CHECKCAST
                && cast.type().asInternalName().startsWith("jdk/incubator/vector/")));
    }

    /** So does the species: see {@link Lanes#FLOAT_ZEROS}. */
    @Test
    void noBroadcastNamesItsSpecies() {
        assertEquals(List.of(), methodsWith((before, instruction) -> instruction instanceof InvokeInstruction call
                && call.opcode() == Opcode.INVOKESTATIC && call.name().equalsString("broadcast")
                && call.owner().asInternalName().startsWith("jdk/incubator/vector/")));
    }

    /** Methods with such an instruction after such another. */
    private static List<String> methodsWith(BiPredicate<Instruction, Instruction> pair) {
        List<String> methods = new ArrayList<>();
        for (ClassModel type : library) {
            for (MethodModel method : type.methods()) {
                Instruction before = null;
                for (CodeElement element : method.code().map(CodeModel::elementList).orElse(List.of())) {
                    if (element instanceof Instruction instruction) {
                        String name = type.thisClass().asInternalName() + "::" + method.methodName().stringValue();
                        if (pair.test(before, instruction) && !methods.contains(name)) {
                            methods.add(name);
                        }
                        before = instruction;
                    }
                }
            }
        }
        return methods;
    }

    /** A vector in an array is an object as well. */
    @Test
    void noArrayHoldsVectors() {
        Pattern arrays = Pattern.compile("\\[" + VECTOR.pattern());
        List<String> users = library.stream().filter(type -> StreamOfNames.of(type).anyMatch(name -> arrays.matcher(name).find()))
                .map(type -> type.thisClass().asInternalName()).toList();
        assertEquals(List.of(), users);
    }

    /** The names and descriptors in the constant pool of a class. */
    private static final class StreamOfNames {

        static Stream<String> of(ClassModel type) {
            List<String> names = new ArrayList<>();
            type.constantPool().forEach(entry -> names.add(entry.toString()));
            return names.stream();
        }
    }
}
