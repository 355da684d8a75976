package dev.turnasync.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with an exit code and a message for a person. */
final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CliException(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    static CliException usage(String message) {
        return new CliException(ExitCode.USAGE, message, null);
    }

    static CliException refused(String message, @Nullable Throwable cause) {
        return new CliException(ExitCode.ATTENTION, message, cause);
    }

    static CliException unreachable(String message, Throwable cause) {
        return new CliException(ExitCode.UNREACHABLE, message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
