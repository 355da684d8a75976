package dev.turnasync.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Prints lines for people. Whatever the text says and wherever it comes from, no control character and no password of a JDBC
 * URL gets through; the only escapes are the colors that it adds itself. Safe for use by many threads: a line is never torn.
 */
final class Screen {

    private final PrintWriter out;
    private final boolean colors;
    private final UnaryOperator<String> hide;
    private final int columns;

    Screen(PrintWriter out, boolean colors, UnaryOperator<String> hide) {
        this(out, colors, hide, Integer.MAX_VALUE);
    }

    /**
     * Creates a screen.
     *
     * @param columns where lines are cut; a text of many lines is not
     */
    Screen(PrintWriter out, boolean colors, UnaryOperator<String> hide, int columns) {
        this.out = out;
        this.colors = colors;
        this.hide = hide;
        this.columns = columns;
    }

    void line(Span... spans) {
        var line = new StringBuilder();
        var left = columns;
        for (var span : spans) {
            var text = harmless(span.text());
            var cut = left <= 0 ? "" : PlainText.cut(text, left);
            left -= PlainText.width(text);
            line.append(span.with(cut).draw(colors));
        }
        out.println(line.toString().stripTrailing());
    }

    void line(String text) {
        line(Span.plain(text));
    }

    /** Prints a text of many lines, with something of ours before each, so that none of them looks like one of ours. */
    void block(String first, String others, String text) {
        var before = first;
        for (var line : PlainText.lines(hide.apply(text))) {
            out.println((before + line).stripTrailing());
            before = others;
        }
    }

    void block(String indent, String text) {
        block(indent, indent, text);
    }

    /** Prints a page with something of ours before its first line, and something else before its others. */
    void beside(List<Span> first, List<Span> others, Consumer<Screen> page) {
        var text = new StringWriter();
        page.accept(new Screen(new PrintWriter(text, true), colors, hide, columns));
        var before = drawn(first);
        for (var line : text.toString().lines().toList()) {
            out.println((before + line).stripTrailing());
            before = drawn(others);
        }
    }

    private String drawn(List<Span> spans) {
        return spans.stream()
                .map(span -> span.with(harmless(span.text())).draw(colors))
                .collect(Collectors.joining());
    }

    /** What a text looks like in print. */
    String harmless(String text) {
        return PlainText.line(hide.apply(text));
    }
}
