package dev.gatun.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A browser without a window that shows pages of files: one for all tests of a virtual machine. It records what a page writes to the
 * console and what it asks the network for.
 */
final class Browser {

    private static final List<String> BROWSERS = List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");
    private static final List<String> DRIVERS = List.of("/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver");
    private static final String MISSING = "A test of pages is skipped: chromium and chromium-driver are not installed";
    private static final List<String> ARGUMENTS = List.of("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--force-color-profile=srgb", "--force-device-scale-factor=1");

    private static final Pattern REQUEST = Pattern.compile(
            "\"method\":\"Network\\.requestWillBeSent\".*?\"request\":\\{.*?\"url\":\"([^\"]*)\"");

    /** Kept: a logger that nothing refers to loses its level. Selenium warns there of protocols of a browser that it is newer than. */
    private static final Logger PROTOCOLS = Logger.getLogger("org.openqa.selenium.devtools");

    private static Browser only;

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** The browser of this virtual machine; skips the test where none is installed. */
    static synchronized Browser get() {
        String browser = installed(BROWSERS);
        String driver = installed(DRIVERS);
        if (browser == null || driver == null) {
            System.err.println(MISSING);
            Assumptions.abort(MISSING);
        }
        if (only == null) {
            only = start(browser, driver);
        }
        return only;
    }

    private static String installed(List<String> places) {
        return places.stream().filter(place -> Files.isExecutable(Path.of(place))).findFirst().orElse(null);
    }

    private static Browser start(String browser, String driver) {
        PROTOCOLS.setLevel(Level.OFF);
        try {
            Path profile = Files.createTempDirectory("gatun-browser");
            ChromeOptions options = new ChromeOptions().setBinary(browser).addArguments(ARGUMENTS)
                    .addArguments("--user-data-dir=" + profile);
            LoggingPreferences logs = new LoggingPreferences();
            logs.enable(LogType.BROWSER, Level.ALL);
            logs.enable(LogType.PERFORMANCE, Level.ALL);
            options.setCapability("goog:loggingPrefs", logs);
            ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(Path.of(driver).toFile())
                    .usingAnyFreePort().withSilent(true).build();
            ChromeDriver started = new ChromeDriver(service, options);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started, profile)));
            return new Browser(started);
        } catch (IOException failure) {
            throw new IllegalStateException("no folder for the profile of the browser", failure);
        }
    }

    private static void stop(ChromeDriver driver, Path profile) {
        driver.quit();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException kept) {
            // A folder of temporary files remains.
        }
    }

    /** Opens a file in a window of this size, and forgets what earlier pages wrote and asked for. */
    void open(Path page, int width, int height) {
        driver.get("about:blank");
        driver.manage().window().setSize(new Dimension(width, height));
        messages();
        requests();
        driver.get(page.toUri().toString());
    }

    void open(Path page) {
        open(page, 1200, 900);
    }

    /** The page is the only thing that was asked for, and nothing was written to the console. */
    void assertQuiet(Path page) {
        assertEquals(List.of(), messages());
        List<String> asked = requests();
        assertTrue(asked.size() == 1 && asked.getFirst().startsWith("file:") && asked.getFirst().endsWith(page.getFileName().toString()),
                asked::toString);
    }

    /** What was written to the console since the last call. */
    List<String> messages() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::getMessage).toList();
    }

    /** The addresses that were asked for since the last call. */
    List<String> requests() {
        List<String> addresses = new ArrayList<>();
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            Matcher request = REQUEST.matcher(entry.getMessage());
            if (request.find() && !request.group(1).equals("about:blank")) {
                addresses.add(request.group(1));
            }
        }
        return addresses;
    }

    /** The result of a script, which has its arguments in {@code arguments} and returns a value. */
    Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    double number(String script, Object... arguments) {
        return ((Number) run(script, arguments)).doubleValue();
    }

    String text(String script, Object... arguments) {
        return (String) run(script, arguments);
    }

    /** A list of numbers or texts. */
    List<?> list(String script, Object... arguments) {
        return (List<?>) run(script, arguments);
    }

    /** Presses keys of the keyboard, whatever has the focus. */
    void press(CharSequence... keys) {
        driver.switchTo().activeElement().sendKeys(keys);
    }

    /** Waits until the page has drawn what it was about to draw. */
    void frame() {
        driver.executeAsyncScript("""
                const done = arguments[0];
                requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20)))""");
    }

    /** Moves the pointer to the middle of the first element of a selector. */
    void hover(String selector) {
        new Actions(driver).moveToElement(driver.findElement(By.cssSelector(selector))).perform();
    }

    /** Shows pages as a system with dark or with light colours asks for. */
    void prefer(String theme) {
        driver.executeCdpCommand("Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
    }
}
