package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.BatchLoop.Place;
import dev.turnasync.resumable.Paging.Rest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/**
 * The one row that stops a backfill, after all rows before it were done. Whether its error passes, the SQLSTATE alone often cannot
 * tell: a trigger may refuse the row for ever, and a key may be taken for a moment only. So an attempt leaves a note, and the next one
 * that meets the same error at the same row is the last.
 */
final class BadRow {

    private static final String NOTE = ":refused";

    /** A foreign server, an object in use, an error inside the server: they pass, whatever rows met them. */
    private static final Set<String> PASSING = Set.of("HV", "55", "XX");

    private static final int MOST_BEHIND = 512;

    private final BatchLoop.Shared shared;
    private final AsyncContext context;
    private final Lane lane;
    private final Place place;
    private final Page bad;

    BadRow(BatchLoop.Shared shared, Lane lane, Place place, Page bad) {
        this.shared = shared;
        this.context = shared.context();
        this.lane = lane;
        this.place = place;
        this.bad = bad;
    }

    /** Returns the error that ends the attempt. */
    AsyncMigrationException refuse(String row, Throwable failure) throws Exception {
        var state = BatchErrors.state(failure);
        var note = state + " " + place.at().text();
        var key = place.slice().key() + NOTE;
        var again = context.checkpoint(key).filter(note::equals).isPresent();
        var last = again && !PASSING.contains(state.substring(0, 2)) && isOfThisRow();
        if (last || !again) {
            note(key, last ? "" : note, failure); // an operator's retry has both of its attempts
        }
        var message = row + " cannot be changed: " + failure.getMessage() + ". "
                + (again ? "It was so in an earlier attempt, too. " : "") + "The backfill stands before it, "
                + place.at().done() + " rows into its slice. Fix the row or the migration, then retry.";
        return last
                ? new AsyncMigrationException.Permanent(message, failure)
                : new AsyncMigrationException(message, failure);
    }

    /** Whether some row behind it can be changed, and this one still cannot. */
    private boolean isOfThisRow() throws Exception {
        for (var rows = 1; rows <= MOST_BEHIND; rows *= 2) {
            var size = rows;
            if (isChanged(connection -> shared.paging()
                    .next(connection, new Rest(bad.upTo(), place.slice().walkEnd()), size))) {
                return !isChanged(connection -> bad);
            }
        }
        return false;
    }

    /** Tries to change the rows of a page, and takes it back. */
    private boolean isChanged(Cut cut) throws Exception {
        try {
            return lane.inTransaction(tx -> {
                var connection = tx.connection();
                Jdbc.execute(
                        connection,
                        BackfillRun.ALL_ROWS + "; SET LOCAL lock_timeout = "
                                + shared.limits().lock().toMillis() + "; SET LOCAL statement_timeout = "
                                + shared.limits().batch().toMillis());
                var page = cut.page(connection);
                var tried = new Change.Cut(shared.table(), shared.paging(), page, place.slice());
                var rows = shared.change()
                        .apply(connection, tried, () -> Jdbc.execute(connection, "SET CONSTRAINTS ALL IMMEDIATE"));
                throw new TakenBackException(rows > 0);
            });
        } catch (TakenBackException e) {
            return e.changed;
        } catch (SQLException | AsyncMigrationException | RepeatException e) {
            return false;
        }
    }

    @FunctionalInterface
    private interface Cut {
        Page page(Connection connection) throws SQLException;
    }

    private static final class TakenBackException extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean changed;

        TakenBackException(boolean changed) {
            this.changed = changed;
        }
    }

    private void note(String key, String note, Throwable failure) throws Exception {
        try {
            lane.inTransaction(tx -> {
                tx.checkpoint(key, note);
                return note;
            });
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }
}
