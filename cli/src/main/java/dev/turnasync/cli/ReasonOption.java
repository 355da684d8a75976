package dev.turnasync.cli;

import picocli.CommandLine.Option;

/** Why an operator does something; what stops or starts work must say it. */
final class ReasonOption {

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; recorded with the change.")
    String text = "";

    /** The reason; refuses a blank one. */
    String text() {
        if (text.isBlank()) {
            throw CliException.usage("--reason must not be blank");
        }
        return text;
    }
}
