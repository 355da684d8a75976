package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Attempt;
import dev.turnasync.spi.ErrorReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Turns an error into what is stored about it, and tells permanent from transient ones. Permanent means that the same attempt
 * would fail again: wrong SQL, a violated constraint, a missing class. Everything else may pass, and is repeated.
 */
public final class ErrorReports {

    private static final int LONGEST_TEXT = 100_000;

    /** SQLSTATE classes and codes that repeating cannot mend: data, integrity, transaction misuse, rights and syntax. */
    private static final Set<String> PERMANENT = Set.of("0A", "21", "22", "23", "25", "26", "2B", "42", "44");

    /** Codes of the classes above that pass all the same: timeouts of an idle session or transaction. */
    private static final Set<String> TRANSIENT = Set.of("25P03", "25P04");

    /** The server stops, crashed or starts, or has no connection left. */
    private static final Set<String> CONNECTION_ENDED = Set.of("57P01", "57P02", "57P03", "57P05", "53300");

    private ErrorReports() {}

    /**
     * Reports an error.
     *
     * @param failure what a migration threw
     * @return class, message, SQLSTATE, stack trace, and whether it is permanent
     */
    public static ErrorReport of(Throwable failure) {
        var sqlState = sqlErrors(failure)
                .map(SQLException::getSQLState)
                .filter(state -> state != null && !state.isBlank())
                .findFirst();
        var message = message(failure);
        var error = new Attempt.Failure(
                failure.getClass().getName(), storable(message), sqlState.orElse(null), storable(stackTrace(failure)));
        return new ErrorReport(error, isPermanent(failure, sqlState), isConnectionLost(failure, sqlState), failure);
    }

    private static boolean isPermanent(Throwable failure, Optional<String> sqlState) {
        if (chain(failure).anyMatch(ErrorReports::isTransientType)) {
            return false;
        }
        if (chain(failure).anyMatch(e -> e instanceof LinkageError || e instanceof AsyncMigrationException.Permanent)) {
            return true;
        }
        return sqlState.filter(state -> state.length() == 5 && !TRANSIENT.contains(state))
                .map(state -> PERMANENT.contains(state.substring(0, 2)))
                .orElse(false);
    }

    /**
     * Tells whether the database could not be reached, or ended the session.
     *
     * @param failure an error
     * @return false for errors of a statement
     */
    public static boolean isConnectionLost(Throwable failure) {
        return of(failure).connectionLost();
    }

    private static boolean isConnectionLost(Throwable failure, Optional<String> sqlState) {
        return sqlState.filter(state -> state.startsWith("08") || CONNECTION_ENDED.contains(state))
                        .isPresent()
                || chain(failure)
                        .anyMatch(error -> error instanceof SQLTransientConnectionException
                                || error instanceof SQLNonTransientConnectionException);
    }

    private static boolean isTransientType(Throwable error) {
        return error instanceof SQLTransientException
                || error instanceof SQLRecoverableException
                || error instanceof SQLNonTransientConnectionException;
    }

    /**
     * Returns the database's errors among an error and its causes, the outermost first.
     *
     * @param failure an error
     * @return none when the database has nothing to do with it
     */
    public static Stream<SQLException> sqlErrors(Throwable failure) {
        return chain(failure).filter(SQLException.class::isInstance).map(SQLException.class::cast);
    }

    private static Stream<Throwable> chain(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return Stream.iterate(failure, error -> error != null && seen.add(error), Throwable::getCause);
    }

    /** An author's error may throw when it is asked, which must not hide it. */
    private static String message(Throwable failure) {
        try {
            var message = failure.getMessage();
            return message == null ? "(no message)" : message;
        } catch (RuntimeException e) {
            return "(no message: " + e + ")";
        }
    }

    private static String stackTrace(Throwable failure) {
        var text = new StringWriter();
        try {
            failure.printStackTrace(new PrintWriter(text));
        } catch (RuntimeException e) {
            text.append("(no stack trace: ").append(e.toString()).append(')');
        }
        return text.toString();
    }

    /** PostgreSQL stores no NUL character, and nobody reads more than this. */
    private static String storable(String text) {
        var cut = text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
        return cut.replace("\u0000", "\\0");
    }
}
