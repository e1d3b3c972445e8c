package dev.gatun.spark.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** Spark in this JVM, and as a cluster of two further JVMs. */
public final class TestSpark {

    private static final String SEPARATOR = File.pathSeparator;

    private TestSpark() {
    }

    /** Two threads of this JVM. */
    public static SparkSession local() {
        return common().master("local[2]").getOrCreate();
    }

    /**
     * Two executors of one core and 1 GB each, JVMs of their own, which start again when they are killed.
     *
     * @param files sent with the application
     */
    public static SparkSession cluster(Path... files) {
        linkJars(Path.of(System.getenv("SPARK_HOME"), "jars"));
        return common().master("local-cluster[2,1,1024]")
                .config("spark.executor.extraClassPath", Arrays.stream(classPath()).filter(entry -> !entry.endsWith(".jar"))
                        .collect(Collectors.joining(SEPARATOR)))
                .config("spark.files", Arrays.stream(files).map(Path::toString).collect(Collectors.joining(",")))
                .getOrCreate();
    }

    private static SparkSession.Builder common() {
        return SparkSession.builder().appName("gatun")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "4")
                .config("spark.sql.warehouse.dir", Path.of("target", "spark-warehouse").toUri().toString());
    }

    private static String[] classPath() {
        String surefire = System.getProperty("surefire.test.class.path");
        return (surefire != null ? surefire : System.getProperty("java.class.path")).split(SEPARATOR);
    }

    /** Links to the jars of this JVM, as an installation of Spark has them in one folder. */
    private static void linkJars(Path folder) {
        try {
            Files.createDirectories(folder);
            for (String entry : classPath()) {
                Path jar = Path.of(entry);
                if (entry.endsWith(".jar")) {
                    link(folder.resolve(jar.getFileName()), jar.toAbsolutePath());
                }
            }
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private static void link(Path link, Path jar) throws IOException {
        try {
            Files.createSymbolicLink(link, jar);
        } catch (FileAlreadyExistsException earlier) {
            // Of an earlier run.
        }
    }
}
