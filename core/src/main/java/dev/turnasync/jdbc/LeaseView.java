package dev.turnasync.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A queue's lease at one moment, by the database's clock.
 *
 * @param now the moment
 * @param present whether there is a lease row
 * @param live whether a worker holds it
 * @param worker who holds it or held it last; null for nobody
 * @param renewedAt when it was last renewed; null before
 * @param setback who lost it to a database that went back, until a person took note; null for nobody
 */
record LeaseView(
        Instant now,
        boolean present,
        boolean live,
        @Nullable String worker,
        @Nullable Instant renewedAt,
        @Nullable String setback) {

    /** What clocks may differ by without anybody having put one back. */
    private static final Duration LEEWAY = Duration.ofMinutes(1);

    static LeaseView read(Connection connection, QueueName name, boolean tables) throws SQLException {
        var now = Jdbc.first(connection, "SELECT clock_timestamp() AS now", row -> Jdbc.instant(row, "now"))
                .orElseThrow();
        var absent = new LeaseView(now, false, false, null, null, null);
        if (!tables) {
            return absent;
        }
        return Jdbc.first(
                        connection,
                        new QueueSql(name).readLease(),
                        row -> new LeaseView(
                                now,
                                true,
                                row.getBoolean("live"),
                                row.getString("worker"),
                                Jdbc.instantOrNull(row, "renewed_at"),
                                row.getString("setback")),
                        name.historyTable())
                .orElse(absent);
    }

    /** Whether it was renewed at a time that is still to come. */
    boolean isFromTheFuture() {
        return worker != null && renewedAt != null && renewedAt.isAfter(now.plus(LEEWAY));
    }
}
