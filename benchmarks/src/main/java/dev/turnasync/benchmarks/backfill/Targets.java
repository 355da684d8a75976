package dev.turnasync.benchmarks.backfill;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was aimed at, and whether it was reached. */
public final class Targets {

    private final List<String> lines = new ArrayList<>();

    /** No target yet. */
    public Targets() {}

    /**
     * Adds a target.
     *
     * @param what what was measured
     * @param value the value
     * @param limit the most
     * @return this
     */
    public Targets atMost(String what, double value, double limit) {
        return add(what, value, "≤ " + limit, value <= limit);
    }

    Targets below(String what, double value, double limit) {
        return add(what, value, "< " + limit, value < limit);
    }

    private Targets add(String what, double value, String limit, boolean met) {
        lines.add(
                String.format(Locale.ROOT, "| %s | %.3f | %s | %s |", what, value, limit, met ? "met" : "**missed**"));
        return this;
    }

    /**
     * Returns all targets.
     *
     * @return as Markdown
     */
    public String table() {
        return "| target | measured | limit | |\n|---|---:|---:|---|\n" + String.join("\n", lines);
    }
}
