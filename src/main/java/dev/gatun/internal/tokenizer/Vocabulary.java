package dev.gatun.internal.tokenizer;

import java.util.Arrays;

/**
 * The tokens that words are made of, in two hash tables that find them by characters: all of them, which words may begin with, and those
 * with the prefix of inner pieces, by what follows it.
 */
final class Vocabulary {

    /** The base of the polynomial hash of a string: {@code hash(s + c) = BASE * hash(s) + c}. */
    static final int BASE = 0x9E3779B1;

    /** Spreads a hash over the slots of a table. */
    private static final int SPREAD = 0x85EBCA6B;

    /** Slots that a search looks at. Tokens that are not chosen for their hashes need far fewer. */
    static final int MAX_STEPS = 512;

    private final int prefixLength;

    /** The characters of all tokens; those of token {@code id} begin at {@code begins[id]}. */
    private final char[] characters;
    private final int[] begins;

    /** Pairs of a hash and an id; an id of -1 marks an empty slot. */
    private final int[] starts;
    private final int[] inner;

    /** The most UTF-16 units of tokens that words begin with, and of inner ones without their prefix. */
    private int longestStart;
    private int longestInner;

    /** The first token that is there a second time, or -1. */
    private int repeated = -1;

    /** The first token that a search would not find within {@link #MAX_STEPS}, or -1. */
    private int crowded = -1;

    /**
     * @param tokens the token of each id; null for an id that is not used
     * @param prefix what tokens inside a word begin with
     */
    Vocabulary(String[] tokens, String prefix) {
        this.prefixLength = prefix.length();
        this.begins = new int[tokens.length + 1];
        int count = 0;
        int continued = 0;
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id] == null ? "" : tokens[id];
            begins[id + 1] = Math.addExact(begins[id], token.length());
            count += token.isEmpty() ? 0 : 1;
            continued += token.startsWith(prefix) ? 1 : 0;
        }
        this.characters = new char[begins[tokens.length]];
        this.starts = emptyTable(count);
        this.inner = emptyTable(continued);
        fill(tokens, prefix);
    }

    private void fill(String[] tokens, String prefix) {
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            if (token != null && crowded < 0) {
                token.getChars(0, token.length(), characters, begins[id]);
                longestStart = Math.max(longestStart, token.length());
                if (!put(starts, 0, id) && repeated < 0) {
                    repeated = id;
                }
                if (token.startsWith(prefix)) {
                    longestInner = Math.max(longestInner, token.length() - prefix.length());
                    put(inner, prefix.length(), id);
                }
            }
        }
    }

    /** A table that some tokens fill half at most. */
    private static int[] emptyTable(int count) {
        int[] table = new int[2 * Integer.highestOneBit(Math.max(1, count)) << 2];
        Arrays.fill(table, -1);
        return table;
    }

    /** Adds a token by its characters but the first {@code skipped}; false if the table has one of the same characters. */
    private boolean put(int[] table, int skipped, int id) {
        int from = begins[id] + skipped;
        int to = begins[id + 1];
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = BASE * hash + characters[i];
        }
        int slot = slot(hash, table);
        for (int steps = 0; table[slot + 1] >= 0; slot = slot + 2 & table.length - 1) {
            if (++steps == MAX_STEPS) {
                crowded = id;
                return true;
            }
            int other = table[slot + 1];
            if (table[slot] == hash && isAt(begins[other] + skipped, begins[other + 1], characters, from, to)) {
                return false;
            }
        }
        table[slot] = hash;
        table[slot + 1] = id;
        return true;
    }

    private static int slot(int hash, int[] table) {
        return (hash * SPREAD >>> Integer.numberOfLeadingZeros(table.length - 1)) & -2;
    }

    /** The token that {@code text[from, to)} is, at the beginning of a word; -1 if there is none. */
    int start(char[] text, int from, int to, int hash) {
        return find(starts, 0, text, from, to, hash);
    }

    /** The token that {@code text[from, to)} is, inside a word; -1 if there is none. */
    int inner(char[] text, int from, int to, int hash) {
        return find(inner, prefixLength, text, from, to, hash);
    }

    private int find(int[] table, int skipped, char[] text, int from, int to, int hash) {
        int slot = slot(hash, table);
        for (int steps = 0; steps < MAX_STEPS; steps++) {
            int id = table[slot + 1];
            if (id < 0 || table[slot] == hash && isAt(begins[id] + skipped, begins[id + 1], text, from, to)) {
                return id;
            }
            slot = slot + 2 & table.length - 1;
        }
        return -1;
    }

    private boolean isAt(int begin, int end, char[] text, int from, int to) {
        if (end - begin != to - from) {
            return false;
        }
        for (int i = begin; i < end; i++) {
            if (characters[i] != text[from++]) {
                return false;
            }
        }
        return true;
    }

    /** The id of a token; -1 if it is not there. */
    int id(String token) {
        char[] text = token.toCharArray();
        int hash = 0;
        for (char unit : text) {
            hash = BASE * hash + unit;
        }
        return start(text, 0, text.length, hash);
    }

    /** The most UTF-16 units of a token that words begin with. */
    int longestStart() {
        return longestStart;
    }

    /** The most UTF-16 units of a token inside a word, without its prefix. */
    int longestInner() {
        return longestInner;
    }

    /** The first token that too many others are in the way of, or -1. */
    int crowded() {
        return crowded;
    }

    /** The first token that has the same characters as one before it, or -1. */
    int repeated() {
        return repeated;
    }
}
