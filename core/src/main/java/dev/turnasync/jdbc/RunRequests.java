package dev.turnasync.jdbc;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.spi.Observation.Wish;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What operators ask of a running entry. A request locks the entry's row, as the end of a run does: so a request is either seen
 * by that end, or finds that there is no run any more.
 */
final class RunRequests {

    /** What an operator asks, and for how long; only THROTTLE ends by itself. */
    record Request(String name, String reason, @Nullable Long millis) {}

    /** What is asked of a run, and why. */
    record Asked(Wish wish, String reason) {}

    private final String schema;

    RunRequests(QueueName name) {
        this.schema = name.quotedSchema();
    }

    /** The status of an entry whose run ended because of a wish. */
    static EntryStatus status(Wish wish) {
        return wish == Wish.PAUSE ? EntryStatus.PAUSED : EntryStatus.FAILED;
    }

    /** Locks the entry and returns its status. */
    Optional<String> lock(Connection connection, long entry) throws SQLException {
        return Jdbc.first(connection, complete("""
                SELECT status
                FROM ${schema}.async_schema_migrations
                WHERE id = ?
                FOR NO KEY UPDATE"""), row -> row.getString("status"), entry);
    }

    /** Asks for something; the last word counts. */
    void ask(Connection connection, long entry, Request request) throws SQLException {
        Jdbc.update(
                connection, complete("""
                INSERT INTO ${schema}.async_schema_requests AS r (entry_id, request, reason, expires_at)
                VALUES (?, ?, ?, clock_timestamp() + CAST(? AS BIGINT) * INTERVAL '1 millisecond')
                ON CONFLICT (entry_id, request) DO UPDATE
                    SET reason = EXCLUDED.reason, requested_at = clock_timestamp(), expires_at = EXCLUDED.expires_at"""), entry, request.name(), StoredText.words(request.reason()), request.millis());
    }

    /** Takes a request back. Returns whether there was one. */
    boolean withdraw(Connection connection, long entry, String request) throws SQLException {
        return Jdbc.update(connection, complete("""
                        DELETE FROM ${schema}.async_schema_requests
                        WHERE entry_id = ? AND request = ?"""), entry, request) > 0;
    }

    /** Forgets what was asked of a run that has ended, or has not begun. */
    void clear(Connection connection, long entry) throws SQLException {
        Jdbc.update(connection, complete("""
                DELETE FROM ${schema}.async_schema_requests
                WHERE entry_id = ? AND request IN ('PAUSE', 'CANCEL')"""), entry);
    }

    /** What the end of a run has to obey; CANCEL goes before PAUSE. */
    Optional<Asked> read(Connection connection, long entry) throws SQLException {
        return Jdbc.first(
                connection,
                complete("""
                        SELECT request, reason
                        FROM ${schema}.async_schema_requests
                        WHERE entry_id = ? AND request IN ('PAUSE', 'CANCEL')
                        ORDER BY request
                        LIMIT 1"""),
                row -> new Asked(Wish.valueOf(row.getString("request")), row.getString("reason")),
                entry);
    }

    private String complete(String sql) {
        return sql.replace("${schema}", schema);
    }
}
