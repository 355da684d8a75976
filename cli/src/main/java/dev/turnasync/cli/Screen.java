package dev.turnasync.cli;

import java.io.PrintWriter;
import java.util.Arrays;
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

    Screen(PrintWriter out, boolean colors, UnaryOperator<String> hide) {
        this.out = out;
        this.colors = colors;
        this.hide = hide;
    }

    void line(Span... spans) {
        out.println(Arrays.stream(spans)
                .map(span -> span.with(harmless(span.text())).draw(colors))
                .collect(Collectors.joining())
                .stripTrailing());
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

    /** What a text looks like in print. */
    String harmless(String text) {
        return PlainText.line(hide.apply(text));
    }
}
