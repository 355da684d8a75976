package dev.turnasync.benchmarks.backfill;

import java.util.List;
import java.util.Locale;

/**
 * A bar chart as SVG; its colors can be read on white and on black.
 *
 * @param title what is shown
 * @param unit what the axis counts
 * @param bars from top to bottom
 */
record Bars(String title, String unit, List<Bar> bars) {

    private static final int LEFT = 230;
    private static final int RIGHT = 700;
    private static final int TOP = 50;
    private static final int STEP = 40;

    /** One bar. */
    record Bar(String label, Stats stats) {}

    String svg() {
        var scale = Scale.upTo(
                bars.stream().mapToDouble(bar -> bar.stats().max()).max().orElse(1));
        var bottom = TOP + STEP * bars.size();
        var svg = new Svg(760, bottom + 60);
        svg.text(Svg.Anchor.MIDDLE, 380, 24, title);
        for (var tick : scale.ticks()) {
            var x = x(tick, scale);
            svg.line(Svg.GRID, x, TOP, x, bottom);
            svg.text(Svg.Anchor.MIDDLE, x, bottom + 18, scale.label(tick));
        }
        svg.text(Svg.Anchor.MIDDLE, (LEFT + RIGHT) / 2.0, bottom + 42, unit);
        for (var n = 0; n < bars.size(); n++) {
            draw(svg, n, scale);
        }
        return svg.toString();
    }

    private void draw(Svg svg, int n, Scale scale) {
        var bar = bars.get(n);
        var y = TOP + STEP * n + 8;
        var end = x(bar.stats().median(), scale);
        svg.text(Svg.Anchor.END, LEFT - 10, y + 17, bar.label());
        svg.bar(Svg.COLORS.get(n % Svg.COLORS.size()), LEFT, y, end - LEFT);
        svg.line(Svg.TEXT, x(bar.stats().min(), scale), y + 12, x(bar.stats().max(), scale), y + 12);
        svg.text(
                Svg.Anchor.START,
                x(bar.stats().max(), scale) + 6,
                y + 17,
                String.format(Locale.ROOT, "%.1f", bar.stats().median()));
    }

    private static double x(double value, Scale scale) {
        return LEFT + (RIGHT - LEFT) * value / scale.end();
    }
}
