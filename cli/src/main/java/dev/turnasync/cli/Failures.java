package dev.turnasync.cli;

import dev.turnasync.api.AsyncMigrationException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.Stream;

/** Turns what a command threw into a message for a person and an exit code. */
final class Failures {

    private static final String NAME = "turnasync: ";
    private static final String INDENT = "    ";

    private Failures() {}

    /** Prints the failure and returns the exit code. */
    static int report(Throwable failure, Screen screen, boolean verbose) {
        screen.block(NAME, INDENT, message(failure));
        if (verbose) {
            screen.block(INDENT, stackTrace(failure));
        }
        return exitCode(failure);
    }

    static String stackTrace(Throwable failure) {
        var text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    static String message(Throwable failure) {
        var text = failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
        if (failure instanceof CliException || failure instanceof AsyncMigrationException) {
            return text.strip();
        }
        return "unexpected error: " + failure.getClass().getName() + ": " + text
                + "\nRun it again with --verbose for the stack trace.";
    }

    static int exitCode(Throwable failure) {
        if (failure instanceof CliException known) {
            return known.exitCode();
        }
        return lostConnection(failure) ? ExitCode.UNREACHABLE : ExitCode.UNEXPECTED;
    }

    /** Whether to try again later makes sense: the database is away, and did not refuse the login. */
    static boolean mayComeBack(Throwable failure) {
        return exitCode(failure) == ExitCode.UNREACHABLE && !refusesLogin(failure);
    }

    static boolean refusesLogin(Throwable failure) {
        return sqlStates(failure).anyMatch(state -> state.startsWith("28"));
    }

    private static Stream<String> sqlStates(Throwable failure) {
        return Stream.iterate(failure, error -> error != null, Throwable::getCause)
                .limit(20)
                .filter(SQLException.class::isInstance)
                .map(error -> ((SQLException) error).getSQLState())
                .filter(Objects::nonNull);
    }

    /** Whether a connection could not be made or broke: class 08, or the server's shutdown and start, or no free place. */
    static boolean lostConnection(Throwable failure) {
        return sqlStates(failure)
                .anyMatch(state -> state.startsWith("08") || state.startsWith("57P0") || state.equals("53300"));
    }
}
