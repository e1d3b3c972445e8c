package dev.gatun.io;

/** Reads inputs of a fuzzer as files and as headers under a {@link Watch}, and prints its figures at the end. */
final class FuzzedReader implements AutoCloseable {

    private final MemoryFolder folder = new MemoryFolder();
    private final WatchedFile file;
    private final WatchedHeader header = new WatchedHeader(folder.file("header"));

    /** @param name what files are called, with the ending of their format */
    FuzzedReader(String name) {
        file = new WatchedFile(folder.file(name));
    }

    WatchedFile file() {
        return file;
    }

    WatchedHeader header() {
        return header;
    }

    @Override
    public void close() {
        System.out.println("files: " + file.watch());
        System.out.println("headers: " + header.watch());
        file.close();
        header.close();
        folder.close();
    }
}
