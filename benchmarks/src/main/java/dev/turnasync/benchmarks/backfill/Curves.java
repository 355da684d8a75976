package dev.turnasync.benchmarks.backfill;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Percentiles as SVG: milliseconds in powers of ten upwards, the part of requests that are slower in powers of ten to the right.
 *
 * @param title what is shown
 * @param curves from top to bottom of the legend
 */
record Curves(String title, List<Curve> curves) {

    private static final int LEFT = 80;
    private static final int RIGHT = 560;
    private static final int TOP = 50;
    private static final int BOTTOM = 330;
    private static final double LEAST_MILLIS = 0.1;
    private static final int DECADES = 5;

    /** Where the percentiles end: at 99.9. */
    private static final double NINES = 3;

    /** Latencies of one kind. */
    record Curve(String label, Latencies latencies) {}

    String svg() {
        var svg = new Svg(800, 400);
        svg.text(Svg.Anchor.MIDDLE, 400, 24, title);
        for (var n = 0; n <= DECADES; n++) {
            var millis = LEAST_MILLIS * Math.pow(10, n);
            svg.line(Svg.GRID, LEFT, y(millis), RIGHT, y(millis));
            svg.text(
                    Svg.Anchor.END,
                    LEFT - 8,
                    y(millis) + 4,
                    millis < 1 ? "0.1 ms" : String.format(Locale.ROOT, "%,.0f ms", millis));
        }
        for (var percent : List.of("0", "50", "90", "99", "99.9")) {
            var x = x(Double.parseDouble(percent) / 100);
            svg.line(Svg.GRID, x, TOP, x, BOTTOM);
            svg.text(Svg.Anchor.MIDDLE, x, BOTTOM + 18, percent);
        }
        svg.text(Svg.Anchor.MIDDLE, (LEFT + RIGHT) / 2.0, BOTTOM + 44, "percentile of requests (%)");
        svg.text(Svg.Anchor.START, 8, TOP - 12, "latency, logarithmic");
        for (var n = 0; n < curves.size(); n++) {
            draw(svg, n);
        }
        return svg.toString();
    }

    private void draw(Svg svg, int n) {
        var curve = curves.get(n);
        var color = Svg.COLORS.get((n + 3) % Svg.COLORS.size());
        var points = IntStream.rangeClosed(0, 150)
                .mapToDouble(step -> 1 - Math.pow(10, -NINES * step / 150))
                .mapToObj(part -> new Svg.Point(x(part), y(curve.latencies().percentile(part))))
                .toList();
        svg.path(color, points);
        var y = TOP + 20 + 24 * n;
        svg.line(color, RIGHT + 14, y - 4, RIGHT + 34, y - 4);
        svg.text(Svg.Anchor.START, RIGHT + 40, y, curve.label());
    }

    private static double x(double part) {
        return LEFT + (RIGHT - LEFT) * Math.min(1, -Math.log10(Math.max(1e-9, 1 - part)) / NINES);
    }

    private static double y(double millis) {
        var decades = Math.log10(Math.max(LEAST_MILLIS, millis) / LEAST_MILLIS);
        return BOTTOM - (BOTTOM - TOP) * Math.min(1, decades / DECADES);
    }
}
