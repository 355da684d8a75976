package dev.turnasync.jdbc;

import dev.turnasync.spi.RoundTrip;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Times statements that are one round trip each, and keeps the shortest. Safe for use by many threads. */
final class RoundTrips {

    private static final int SAMPLES = 5;

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE);

    /** Times a statement that is sent on its way anyhow. */
    <T> T timed(Jdbc.Work<T> statement) throws SQLException {
        var began = System.nanoTime();
        var result = statement.run();
        nanos.accumulateAndGet(System.nanoTime() - began, Math::min);
        return result;
    }

    /** The shortest so far; zero when none was timed. */
    RoundTrip shortest() {
        var seen = nanos.get();
        return new RoundTrip(seen == Long.MAX_VALUE ? Duration.ZERO : Duration.ofNanos(seen));
    }

    /** Sends a few statements of no other use. */
    static RoundTrip measure(Connection connection) throws SQLException {
        var trips = new RoundTrips();
        for (var i = 0; i < SAMPLES; i++) {
            trips.timed(() -> Jdbc.first(connection, "SELECT 1", row -> true));
        }
        return trips.shortest();
    }
}
