package dev.turnasync.flyway;

import dev.turnasync.api.Attempt;
import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.spi.ErrorReport;

/** What a migration threw. */
final class RunFailure {

    private static final String READ_ONLY = "25006";

    private RunFailure() {}

    /** Reports it; where there is not even memory for that, the outcome still counts. */
    static ErrorReport report(Throwable failure) {
        try {
            return ErrorReports.of(failure);
        } catch (Error e) {
            var error = new Attempt.Failure(failure.getClass().getName(), "no memory to tell more", null, "");
            return new ErrorReport(error, false, false, failure);
        }
    }

    /** Tells whether the session was read-only: it began while the database was, or on a server that is no longer the primary. */
    static boolean isReadOnly(Throwable failure) {
        return ErrorReports.sqlErrors(failure).anyMatch(error -> READ_ONLY.equals(error.getSQLState()));
    }
}
