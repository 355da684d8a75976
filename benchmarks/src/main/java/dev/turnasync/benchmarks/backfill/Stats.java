package dev.turnasync.benchmarks.backfill;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The values of all rounds.
 *
 * @param values the values
 */
public record Stats(List<Double> values) {

    private static final double MOST_OUTSIDE = 0.05;

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

    /**
     * Returns the quotient of each round's two values. The speed of a machine drifts from minute to minute, by more than what is to
     * be told apart; what was measured in the same round drifted together.
     *
     * @param other the values of another side, of the same rounds
     * @return as many values
     */
    Stats per(Stats other) {
        return new Stats(IntStream.range(0, values.size())
                .mapToObj(n -> values.get(n) / other.values.get(n))
                .toList());
    }

    /**
     * Returns the narrowest pair of values that holds the true median with at least 95 %, whatever the distribution (the sign test's
     * interval); least and greatest when there are too few for that.
     *
     * @return {@code from–to}
     */
    String interval() {
        var sorted = values.stream().sorted().toList();
        var count = sorted.size();
        var outside = 0.0;
        var exactly = 2 * Math.pow(0.5, count);
        var cut = 0;
        while (outside + exactly <= MOST_OUTSIDE) {
            outside += exactly;
            exactly *= (double) (count - cut) / (cut + 1);
            cut++;
        }
        var last = Math.max(0, cut - 1);
        return String.format(Locale.ROOT, "%.3f–%.3f", sorted.get(last), sorted.get(count - 1 - last));
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
