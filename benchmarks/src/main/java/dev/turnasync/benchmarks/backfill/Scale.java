package dev.turnasync.benchmarks.backfill;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * An axis from zero.
 *
 * @param step the distance of its ticks
 * @param count how many there are beyond zero
 */
record Scale(double step, int count) {

    private static final int MOST = 8;

    static Scale upTo(double most) {
        var step = Math.pow(10, Math.floor(Math.log10(most)) - 1);
        for (var n = 0; most / step > MOST; n++) {
            step *= n % 3 == 1 ? 2.5 : 2;
        }
        return new Scale(step, (int) Math.ceil(most / step));
    }

    double end() {
        return step * count;
    }

    List<Double> ticks() {
        return IntStream.rangeClosed(0, count).mapToObj(n -> n * step).toList();
    }

    String label(double tick) {
        return String.format(Locale.ROOT, step < 1 ? "%.1f" : "%.0f", tick);
    }
}
