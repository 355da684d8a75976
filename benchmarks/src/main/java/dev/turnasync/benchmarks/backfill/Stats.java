package dev.turnasync.benchmarks.backfill;

import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The values of all rounds.
 *
 * @param values the values
 */
public record Stats(List<Double> values) {

    /**
     * Returns the median.
     *
     * @return the median
     */
    public double median() {
        var sorted = values.stream().sorted().toList();
        var middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double min() {
        return Collections.min(values);
    }

    double max() {
        return Collections.max(values);
    }

    /**
     * Returns {@code median | min–max} for a row of a table.
     *
     * @param format of each
     * @return the cells
     */
    public String cells(String format) {
        return String.format(Locale.ROOT, format + " | " + format + "–" + format, median(), min(), max());
    }
}
