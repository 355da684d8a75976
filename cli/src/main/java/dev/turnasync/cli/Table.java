package dev.turnasync.cli;

import java.util.ArrayList;
import java.util.List;

/** Aligns cells in columns. The last column, and then one other, give way where the terminal is too narrow. For one use. */
final class Table {

    private static final String GAP = "  ";
    private static final int LEAST = 16;

    private final List<List<Span>> rows = new ArrayList<>();
    private final int secondToGive;

    /**
     * Creates a table.
     *
     * @param secondToGive the column that gives way after the last one
     * @param headings the first row
     */
    Table(int secondToGive, List<String> headings) {
        this.secondToGive = secondToGive;
        rows.add(headings.stream().map(Span::strong).toList());
    }

    void add(List<Span> cells) {
        rows.add(cells);
    }

    /** Prints the table, no wider than a number of columns as far as that can be. */
    void print(Screen screen, int columns) {
        rows.replaceAll(row -> row.stream()
                .map(cell -> cell.with(screen.harmless(cell.text())))
                .toList());
        var widths = widths();
        shrink(widths, widths.length - 1, columns);
        shrink(widths, secondToGive, columns);
        for (var row : rows) {
            var spans = new ArrayList<Span>();
            for (var i = 0; i < row.size(); i++) {
                var cell = row.get(i);
                var text = PlainText.cut(cell.text(), widths[i]);
                spans.add(cell.with(text));
                spans.add(Span.plain(" ".repeat(Math.max(0, widths[i] - PlainText.width(text))) + GAP));
            }
            screen.line(spans.toArray(Span[]::new));
        }
    }

    private int[] widths() {
        var widths = new int[rows.get(0).size()];
        for (var row : rows) {
            for (var i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], PlainText.width(row.get(i).text()));
            }
        }
        return widths;
    }

    private static void shrink(int[] widths, int column, int columns) {
        var total = GAP.length() * (widths.length - 1);
        for (var width : widths) {
            total += width;
        }
        if (total > columns) {
            widths[column] = Math.max(Math.min(LEAST, widths[column]), widths[column] - (total - columns));
        }
    }
}
