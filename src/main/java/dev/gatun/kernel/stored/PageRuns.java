package dev.gatun.kernel.stored;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Places of the pages of a cache: one or several runs of pages, each in its own segment, whose numbers go on from run to run. Each page
 * holds as many rows of each head. Rows of a page and head are as many bytes apart in all runs.
 */
public final class PageRuns {

    private final MemorySegment[] memories;
    private final int[] firstPages;
    private final long[] starts;
    private final long[] pageBytes;
    private final long[] headBytes;
    private final int pages;
    private final int pageRows;
    private final long rowBytes;
    private final boolean plain;

    /**
     * A run of pages.
     *
     * @param memory    their segment
     * @param start     bytes from the start of the segment to the first row
     * @param pages     the number of pages
     * @param pageBytes bytes from one page to the next
     * @param headBytes bytes from one head of a page to the next
     */
    public record Run(MemorySegment memory, long start, int pages, long pageBytes, long headBytes) {
    }

    /**
     * Runs of pages, at least one, which have fewer than 2^31 pages together.
     *
     * @param pageRows rows of a page
     * @param rowBytes bytes from one row to the next
     */
    public PageRuns(List<Run> runs, int pageRows, long rowBytes) {
        int count = runs.size();
        this.memories = new MemorySegment[count];
        this.firstPages = new int[count];
        this.starts = new long[count];
        this.pageBytes = new long[count];
        this.headBytes = new long[count];
        int first = 0;
        boolean allPlain = true;
        for (int r = 0; r < count; r++) {
            Run run = runs.get(r);
            memories[r] = run.memory;
            firstPages[r] = first;
            starts[r] = run.start;
            pageBytes[r] = run.pageBytes;
            headBytes[r] = run.headBytes;
            first = Math.addExact(first, run.pages);
            allPlain &= run.memory.isNative() && !run.memory.isMapped();
        }
        this.pages = first;
        this.pageRows = pageRows;
        this.rowBytes = rowBytes;
        this.plain = allPlain;
    }

    /** The number of pages of all runs. */
    public int pages() {
        return pages;
    }

    /** Rows of a page. */
    public int pageRows() {
        return pageRows;
    }

    /** Bytes from one row of a page to the next. */
    public long rowBytes() {
        return rowBytes;
    }

    /** Whether all pages are in native memory that is not mapped from a file. */
    public boolean plain() {
        return plain;
    }

    /** The segment of a page. */
    public MemorySegment memory(int page) {
        return memories[run(page)];
    }

    /** Bytes from the start of its segment to the first row of a page and head. */
    public long start(int page, int head) {
        int run = run(page);
        return starts[run] + (page - firstPages[run]) * pageBytes[run] + head * headBytes[run];
    }

    private int run(int page) {
        int run = firstPages.length - 1;
        while (page < firstPages[run]) {
            run--;
        }
        return run;
    }
}
