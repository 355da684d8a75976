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
        return add(what, String.format(Locale.ROOT, "%.3f", value), "≤ " + limit, value <= limit);
    }

    /** Adds a target for the median of the rounds' quotients, and prints the interval around it as well. */
    Targets atMost(String what, Stats quotients, double limit) {
        return add(what, withInterval(quotients), "≤ " + limit, quotients.median() <= limit);
    }

    Targets below(String what, Stats quotients, double limit) {
        return add(what, withInterval(quotients), "< " + limit, quotients.median() < limit);
    }

    private static String withInterval(Stats quotients) {
        return String.format(Locale.ROOT, "%.3f (%s)", quotients.median(), quotients.interval());
    }

    private Targets add(String what, String value, String limit, boolean met) {
        lines.add(String.format(Locale.ROOT, "| %s | %s | %s | %s |", what, value, limit, met ? "met" : "**missed**"));
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
