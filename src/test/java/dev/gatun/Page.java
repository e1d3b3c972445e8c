package dev.gatun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page in Markdown: its anchors, its links and its fenced blocks of code.
 *
 * @param path    the file
 * @param lines   all lines
 * @param anchors the anchor of each heading, as GitHub names them
 * @param links   the links in its prose
 * @param blocks  the fenced blocks
 */
record Page(Path path, List<String> lines, List<String> anchors, List<Link> links, List<Block> blocks) {

    private static final Pattern HEADING = Pattern.compile("#{1,6} +(.+?) *#*");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)[^)]*\\)");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");

    /** The target of a link and the line, counted from 1, on which it stands. */
    record Link(String target, int line) {
    }

    /** A fenced block: the language after the fence, its text, and the line of its first line, counted from 1. */
    record Block(String language, String text, int line) {
    }

    static Page read(Path path) throws IOException {
        List<String> lines = Files.readAllLines(path);
        List<String> anchors = new ArrayList<>();
        List<Link> links = new ArrayList<>();
        List<Block> blocks = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        int fence = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.stripLeading().startsWith("```")) {
                if (fence < 0) {
                    fence = i;
                } else {
                    String language = lines.get(fence).strip().substring(3);
                    blocks.add(new Block(language, String.join("\n", lines.subList(fence + 1, i)), fence + 2));
                    fence = -1;
                }
            } else if (fence < 0) {
                Matcher heading = HEADING.matcher(line);
                if (heading.matches()) {
                    String anchor = anchor(heading.group(1));
                    int before = seen.merge(anchor, 1, Integer::sum) - 1;
                    anchors.add(before == 0 ? anchor : anchor + "-" + before);
                }
                Matcher link = LINK.matcher(CODE.matcher(line).replaceAll(" "));
                while (link.find()) {
                    links.add(new Link(link.group(1), i + 1));
                }
            }
        }
        if (fence >= 0) {
            throw new IOException("%s: the block that line %d begins has no end".formatted(path, fence + 1));
        }
        return new Page(path, lines, anchors, links, blocks);
    }

    /** Lower case, without punctuation, with hyphens for spaces; a link in a heading counts as its text. */
    private static String anchor(String heading) {
        String text = heading.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1");
        return text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}\\-_ ]", "").replace(' ', '-');
    }
}
