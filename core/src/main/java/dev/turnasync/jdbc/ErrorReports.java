package dev.turnasync.jdbc;

import dev.turnasync.api.Attempt;
import dev.turnasync.spi.ErrorReport;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Turns an error into what is stored about it, and tells permanent from transient ones. Permanent means that the same attempt
 * would fail again: wrong SQL, data that do not fit, a missing class. The {@link ErrorTable} decides.
 */
public final class ErrorReports {

    private static final int LONGEST_MESSAGE = 20_000;

    private ErrorReports() {}

    /**
     * Reports an error.
     *
     * @param failure what a migration threw
     * @return class, message, SQLSTATE, stack trace, and whether it is permanent; the texts are clean, see {@link CleanText}
     */
    public static ErrorReport of(Throwable failure) {
        var verdict = verdict(failure);
        var error = new Attempt.Failure(
                failure.getClass().getName(),
                TraceText.message(failure, LONGEST_MESSAGE),
                state(failure).orElse(null),
                TraceText.of(failure).toString());
        return new ErrorReport(error, verdict == Verdict.PERMANENT, verdict == Verdict.LOST, failure);
    }

    /**
     * Tells whether the database could not be reached, or ended the session.
     *
     * @param failure an error
     * @return false for errors of a statement
     */
    public static boolean isConnectionLost(Throwable failure) {
        return verdict(failure) == Verdict.LOST;
    }

    /**
     * Tells whether nothing is wrong with what was asked of the database, which only cannot do it now: it cannot be reached, stops or starts, is
     * read-only, has no connection, disk or memory left, lets nobody log in, or a lock is held. Asking again may help.
     *
     * @param failure an error
     * @return true also when the connection was lost
     */
    public static boolean isAway(Throwable failure) {
        return verdict(failure).isAway();
    }

    /** What the {@link ErrorTable} says; where nothing in the chain tells, a connection that broke besides does. */
    private static Verdict verdict(Throwable failure) {
        var verdict = verdict(ErrorChain.of(failure));
        if (verdict != Verdict.SILENT) {
            return verdict;
        }
        return verdict(ErrorChain.suppressed(failure)) == Verdict.LOST ? Verdict.LOST : Verdict.PASSES;
    }

    private static Verdict verdict(List<Throwable> chain) {
        var type = ErrorTable.TYPES.stream()
                .filter(row -> chain.stream().anyMatch(row.type()::isInstance))
                .map(ErrorTable.TypeRow::verdict)
                .findFirst()
                .orElse(Verdict.SILENT);
        if (type == Verdict.PERMANENT || type == Verdict.LOST) {
            return type;
        }
        var state = telling(chain).map(ErrorTable.Row::verdict).orElse(Verdict.SILENT);
        return type == Verdict.SILENT || state == Verdict.LOST ? state : type;
    }

    private static Optional<ErrorTable.Row> telling(List<Throwable> chain) {
        return sqlErrors(chain)
                .flatMap(error -> ErrorTable.find(error).stream())
                .filter(row -> row.verdict() != Verdict.SILENT)
                .findFirst();
    }

    /** The code of the error that decides; where none does, the first one. */
    private static Optional<String> state(Throwable failure) {
        var chain = ErrorChain.of(failure);
        return sqlErrors(chain)
                .filter(error -> ErrorTable.find(error)
                        .filter(row -> row.verdict() != Verdict.SILENT)
                        .isPresent())
                .findFirst()
                .or(() -> sqlErrors(chain).filter(ErrorReports::hasState).findFirst())
                .map(error -> ErrorChain.asked(error::getSQLState));
    }

    private static boolean hasState(SQLException error) {
        var state = ErrorChain.asked(error::getSQLState);
        return state != null && !state.isBlank();
    }

    /**
     * Returns the database's errors among an error, its causes and the next ones of a batch, the outermost first.
     *
     * @param failure an error
     * @return none when the database has nothing to do with it
     */
    public static Stream<SQLException> sqlErrors(Throwable failure) {
        return sqlErrors(ErrorChain.of(failure));
    }

    private static Stream<SQLException> sqlErrors(List<Throwable> chain) {
        return chain.stream().filter(SQLException.class::isInstance).map(SQLException.class::cast);
    }

    /**
     * Returns how an error is to be logged where its own print would be too long, or show what must not be seen.
     *
     * @param failure an error
     * @return its stack trace, bounded and clean; empty when the error itself may be logged
     */
    public static Optional<String> cleaned(Throwable failure) {
        var trace = TraceText.of(failure);
        return trace.isWhole() ? Optional.empty() : Optional.of(trace.toString());
    }
}
