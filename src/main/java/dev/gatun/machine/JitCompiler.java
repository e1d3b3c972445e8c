package dev.gatun.machine;

/** The compiler that turns the bytecode of the kernels into machine code. */
public enum JitCompiler {
    /** C2, alone or after C1. It compiles the Vector API to vector instructions. */
    C2("C2"),
    /** C1 alone. Every vector is an object on the heap. */
    C1("C1 alone"),
    /** No compiler. Every vector is an object on the heap, and every lane a call. */
    INTERPRETER("the interpreter"),
    /** Another compiler, or one that the virtual machine does not name. */
    OTHER("another compiler");

    private final String label;

    JitCompiler(String label) {
        this.label = label;
    }

    /** Whether it never compiles the Vector API to vector instructions. */
    boolean neverVectorises() {
        return this == C1 || this == INTERPRETER;
    }

    /**
     * The name of the compiler in a text.
     *
     * @return the name
     */
    public String label() {
        return label;
    }
}
