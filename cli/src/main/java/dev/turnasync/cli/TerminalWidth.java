package dev.turnasync.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Finds out how wide the terminal is. */
final class TerminalWidth {

    /** What is assumed when nobody tells. */
    static final int UNKNOWN = 120;

    private TerminalWidth() {}

    /** Asks {@code COLUMNS}, then the terminal itself, as picocli does for its help. */
    static int detect(Map<String, String> environment) {
        var columns = environment.getOrDefault("COLUMNS", "");
        if (columns.matches("[1-9]\\d{1,4}")) {
            return Integer.parseInt(columns);
        }
        var probe = new CommandLine(CommandSpec.create());
        probe.setUsageHelpWidth(UNKNOWN);
        probe.setUsageHelpAutoWidth(true);
        return probe.getUsageHelpWidth();
    }
}
