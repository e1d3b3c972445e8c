package dev.gatun.machine;

/** What turns bytecode into machine code. */
public enum JitCompiler {
    /** C2, alone or after C1: the compiler that turns the Vector API into vector instructions. */
    C2("C2"),
    /** C1 alone: every vector is an object on the heap. */
    C1("C1 alone"),
    /** No compiler: every vector is an object on the heap, and every lane a call. */
    INTERPRETER("the interpreter"),
    /** Another compiler, or one that cannot be told. */
    OTHER("another compiler");

    private final String label;

    JitCompiler(String label) {
        this.label = label;
    }

    /** Whether it never makes vector instructions of the Vector API. */
    boolean hopeless() {
        return this == C1 || this == INTERPRETER;
    }

    /** Its name in a text. */
    public String label() {
        return label;
    }
}
