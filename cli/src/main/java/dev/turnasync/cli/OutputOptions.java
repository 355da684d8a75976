package dev.turnasync.cli;

import picocli.CommandLine.Option;

/** The options that say how the answer looks. */
final class OutputOptions {

    /** When the answer has colors. */
    enum Color {
        AUTO,
        ALWAYS,
        NEVER
    }

    @Option(names = "--json", description = "Answer with one JSON object on standard output.")
    boolean json;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            description = "auto, always or never. auto: on a terminal, unless NO_COLOR is set. Default: auto.")
    Color color = Color.AUTO;

    @Option(names = "--verbose", description = "Log more, and show the stack trace of an error.")
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    boolean colors(Surroundings surroundings) {
        return switch (color) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> colorsByDefault(surroundings);
        };
    }

    static boolean colorsByDefault(Surroundings surroundings) {
        var environment = surroundings.environment();
        return surroundings.terminal().interactive()
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }
}
