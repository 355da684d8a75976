package dev.turnasync.benchmarks.backfill;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes SVG by hand. There is no background, and all colors stand out from a white and from a dark page. */
final class Svg {

    static final String TEXT = "#768390";
    static final String GRID = "#76839055";
    static final List<String> COLORS = List.of("#d9730d", "#a371f7", "#2f81f7", "#2da44e");

    private final StringBuilder out = new StringBuilder();

    /** Which end of a text is at its place. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** A point. */
    record Point(double x, double y) {}

    Svg(int width, int height) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\"",
                width, height, width, height);
        add(" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n");
    }

    void text(Anchor anchor, double x, double y, String text) {
        var name = anchor.name().toLowerCase(Locale.ROOT);
        add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n", x, y, name, TEXT, escaped(text));
    }

    /** A line from one point to another: x, y, x, y. */
    void line(String color, double... ends) {
        add(
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
                ends[0], ends[1], ends[2], ends[3], color);
    }

    void bar(String color, double x, double y, double width) {
        add(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"24\" rx=\"2\" fill=\"%s\"/>\n",
                x, y, Math.max(0.5, width), color);
    }

    void path(String color, List<Point> points) {
        add(
                "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>\n",
                color,
                points.stream()
                        .map(point -> String.format(Locale.ROOT, "%.1f,%.1f", point.x(), point.y()))
                        .collect(Collectors.joining(" ")));
    }

    private void add(String format, Object... arguments) {
        out.append(String.format(Locale.ROOT, format, arguments));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    @Override
    public String toString() {
        return out + "</svg>\n";
    }
}
