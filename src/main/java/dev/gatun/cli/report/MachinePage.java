package dev.gatun.cli.report;

/** The page of a machine: a roofline with kernels and operators on it, runs side by side, and tables. */
public final class MachinePage {

    private MachinePage() {
    }

    /**
     * The page as one file of HTML that needs no other.
     *
     * @param title the title, as plain text
     * @param data  a JSON object with the array {@code runs}: this run first, then earlier ones. A run is what {@code bench --json}
     *              writes, with its {@code label}
     */
    public static String of(String title, String data) {
        PageTemplate page = PageTemplate.of("machine.html").withText("title", title).withResource("style", "machine.css").withD3("d3")
                .withJson("data", data).withScripts("scripts", "machine.js");
        return String.join("", page.parts());
    }
}
