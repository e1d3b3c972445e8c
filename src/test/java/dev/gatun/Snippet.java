package dev.gatun;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;

/** A snippet of Java in a page or a Javadoc comment, as a source file whose lines are numbered as in the page. */
final class Snippet extends SimpleJavaFileObject {

    private static final Pattern IMPORT = Pattern.compile("import [\\w.* ]+;.*");
    private static final Pattern TYPE = Pattern.compile("(?m)^(public |final |abstract |sealed )*(class|interface|record|enum) ");

    private final String place;
    private final int firstLine;
    private final String source;

    /**
     * @param place     the file that the snippet is in
     * @param firstLine the line of its first line there
     * @param number    one that no other snippet has
     * @param imports   packages whose types it may use without saying so
     * @param home      the package it is compiled in, or null for one of its own
     */
    Snippet(String place, int firstLine, String text, int number, List<String> imports, String home) {
        super(URI.create("string:///Snippet" + number + ".java"), Kind.SOURCE);
        this.place = place;
        this.firstLine = firstLine;
        StringBuilder head = new StringBuilder("package ").append(home == null ? "snippet" + number : home).append("; ");
        imports.forEach(name -> head.append("import ").append(name).append(".*; "));
        if (TYPE.matcher(text).find()) {
            source = head + text;
            return;
        }
        List<String> statements = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            Matcher imported = IMPORT.matcher(line);
            boolean hoisted = imported.matches();
            if (hoisted) {
                head.append(line, 0, line.indexOf(';') + 1).append(' ');
            }
            statements.add(hoisted ? "" : line);
        }
        head.append("final class Snippet").append(number).append(" extends dev.gatun.SnippetVariables { ")
                .append("static void run() throws Exception { ");
        source = head + String.join("\n", statements) + "\n}}";
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
    }

    /** A snippet may declare a public class of any name. */
    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
        return kind == Kind.SOURCE;
    }

    /** Where the fault is in the page and what it is. */
    static String describe(Diagnostic<? extends JavaFileObject> fault) {
        String message = fault.getMessage(Locale.ROOT);
        return fault.getSource() instanceof Snippet snippet
                ? "%s:%d: %s".formatted(snippet.place, snippet.firstLine + fault.getLineNumber() - 1, message) : message;
    }
}
