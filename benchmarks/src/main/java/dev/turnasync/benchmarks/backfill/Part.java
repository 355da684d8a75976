package dev.turnasync.benchmarks.backfill;

import java.util.Map;

/** One measurement. */
@FunctionalInterface
public interface Part {

    /**
     * Measures.
     *
     * @param server where
     * @param extent how much
     * @return what came out
     * @throws Exception if it could not be measured
     */
    Result measure(Server server, Extent extent) throws Exception;

    /**
     * What came out.
     *
     * @param text Markdown for the report
     * @param charts SVG by file name
     */
    record Result(String text, Map<String, String> charts) {}

    /**
     * How much is measured.
     *
     * @param rows rows of the table
     * @param rounds how often each side is measured
     * @param quick whether it is only to see that it works
     * @param politeRows the most rows of a polite batch
     * @param politeness how long it rests
     */
    record Extent(long rows, int rounds, boolean quick, int politeRows, double politeness) {}
}
