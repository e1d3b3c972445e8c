package dev.gatun.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Sentences of English prose, found in the files of some folders.
 *
 * @param chosen some of them
 * @param found  how many there are
 */
record Sentences(List<String> chosen, int found) {

    private static final int MIN_WORDS = 6;
    private static final int MAX_WORDS = 60;
    /** More without a space is code or numbers, and more tokens than a model takes. */
    private static final int MAX_LETTERS = 100;

    /**
     * Sentences of files, each once, in an order that is random but always the same.
     *
     * @param places files, or folders with text, HTML or Markdown files
     * @param count  how many
     */
    static Sentences of(List<Path> places, int count) throws IOException {
        Map<String, String> found = new LinkedHashMap<>();
        for (Path place : places) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : files.filter(Sentences::isText).sorted().toList()) {
                    collect(Files.readString(file, StandardCharsets.ISO_8859_1), found);
                }
            }
        }
        List<String> sentences = new ArrayList<>(found.values());
        Collections.shuffle(sentences, new Random(1));
        if (sentences.size() < count) {
            throw new IllegalArgumentException("there are %s sentences; expected %s".formatted(sentences.size(), count));
        }
        return new Sentences(List.copyOf(sentences.subList(0, count)), sentences.size());
    }

    private static boolean isText(Path file) {
        String name = file.getFileName().toString();
        return Files.isRegularFile(file) && (name.matches(".*\\.(md|txt|html)") || !name.contains("."));
    }

    private static void collect(String text, Map<String, String> found) {
        String prose = text.replaceAll("<[^>]*>", " ").replaceAll("[ \\t]*\\R(?=\\S)", " ").replaceAll("[ \\t]+", " ");
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
        for (String paragraph : prose.split("\\R\\s*")) {
            breaks.setText(paragraph);
            for (int from = breaks.first(), to = breaks.next(); to != BreakIterator.DONE; from = to, to = breaks.next()) {
                String sentence = paragraph.substring(from, to).strip();
                List<String> words = List.of(sentence.split(" "));
                if (words.size() >= MIN_WORDS && words.size() <= MAX_WORDS
                        && words.stream().allMatch(word -> word.length() <= MAX_LETTERS) && sentence.matches("[A-Z][\\x20-\\x7e]*[a-z)][.?!]")) {
                    found.putIfAbsent(sentence.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", " "), sentence);
                }
            }
        }
    }
}
