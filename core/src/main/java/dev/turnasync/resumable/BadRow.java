package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.resumable.BatchLoop.Place;
import java.sql.SQLException;

/**
 * The one row that stops a backfill, after all rows before it were done. Whether its error passes, the SQLSTATE alone often cannot
 * tell: a trigger may refuse the row for ever, and a key may be taken for a moment only. So an attempt leaves a note, and the next one
 * that meets the same error at the same row is the last.
 */
final class BadRow {

    private static final String NOTE = ":refused";

    private final AsyncContext context;
    private final Lane lane;
    private final Place place;

    BadRow(AsyncContext context, Lane lane, Place place) {
        this.context = context;
        this.lane = lane;
        this.place = place;
    }

    /** Returns the error that ends the attempt. */
    AsyncMigrationException refuse(String row, Throwable failure) throws Exception {
        var note = BatchErrors.state(failure) + " " + place.at().text();
        var key = place.slice().key() + NOTE;
        var again = context.checkpoint(key).filter(note::equals).isPresent();
        if (!again) {
            note(key, note, failure);
        }
        var message = row + " cannot be changed: " + failure.getMessage() + ". "
                + (again ? "It was so in an earlier attempt, too. " : "") + "The backfill stands before it, "
                + place.at().done() + " rows into its slice. Fix the row or the migration, then retry.";
        return again
                ? new AsyncMigrationException.Permanent(message, failure)
                : new AsyncMigrationException(message, failure);
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
