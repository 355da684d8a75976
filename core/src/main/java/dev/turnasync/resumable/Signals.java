package dev.turnasync.resumable;

import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.Throttle.Probe;
import dev.turnasync.resumable.Throttle.Reading;
import dev.turnasync.resumable.Throttle.WhenUnknown;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * The built-in signals. Each is a query that returns the figure, its limit, what it is about, and whether the role may see it.
 *
 * @param query returns {@code figure}, {@code subject} and {@code hidden}
 * @param parameter the query's parameter; null when it has none
 * @param limit the figure from which to wait
 * @param unit says the figure and the limit in words, such as {@code %.1f s}
 * @param whenUnknown what happens while it cannot be read
 */
record Signals(String query, @Nullable Object parameter, double limit, String unit, WhenUnknown whenUnknown)
        implements Throttle {

    /** An author's own query. */
    record Query(String name, String sql, double limit) {}

    @Override
    public Reading read(Probe probe) throws SQLException {
        var table = "E'" + probe.table().replace("\\", "\\\\").replace("'", "''") + "'";
        var text = query.replace("${table}", table);
        var reading = parameter == null
                ? Jdbc.first(probe.connection(), text, this::reading)
                : Jdbc.first(probe.connection(), text, this::reading, parameter);
        return reading.orElseGet(() -> new Reading(null, "no answer"));
    }

    private Reading reading(ResultSet row) throws SQLException {
        var subject = row.getString("subject");
        if (row.getBoolean("hidden")) {
            return new Reading(null, subject);
        }
        var figure = row.getDouble("figure");
        return new Reading(
                figure / limit, subject + ": " + unit.formatted(figure) + ", limit " + unit.formatted(limit));
    }

    static Throttle replicaLag(Duration limit, WhenUnknown whenUnknown) {
        return new Signals("""
                SELECT COALESCE(max(extract(epoch FROM r.replay_lag)), 0) AS figure,
                    CASE
                        WHEN l.lost IS NOT NULL THEN 'the replica of slot ' || l.lost || ' is not connected'
                        WHEN count(r.pid) > count(r.state) THEN 'the lag of replicas is only shown to pg_monitor'
                        ELSE COALESCE('replica ' || (array_agg(r.application_name ORDER BY r.replay_lag DESC NULLS LAST))[1],
                            'no replica')
                    END AS subject,
                    l.lost IS NOT NULL OR count(r.pid) > count(r.state) AS hidden
                FROM (
                    SELECT min(slot_name) AS lost
                    FROM pg_replication_slots
                    WHERE slot_type = 'physical' AND NOT active AND restart_lsn IS NOT NULL) AS l
                LEFT JOIN pg_stat_replication r ON TRUE
                GROUP BY l.lost""", null, limit.toMillis() / 1_000.0, "%.1f s", whenUnknown);
    }

    static Throttle walBacklog(long bytes, WhenUnknown whenUnknown) {
        return new Signals("""
                SELECT COALESCE(max(b.bytes), 0) AS figure,
                    CASE WHEN bool_or(b.bytes IS NULL) THEN 'the backlog of ' || min(b.name) FILTER (WHERE b.bytes IS NULL)
                            || ' is not known'
                        ELSE COALESCE((array_agg(b.name ORDER BY b.bytes DESC))[1], 'no replica') END AS subject,
                    COALESCE(bool_or(b.bytes IS NULL), FALSE) AS hidden
                FROM (
                    SELECT 'slot ' || slot_name AS name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS bytes
                    FROM pg_replication_slots
                    WHERE restart_lsn IS NOT NULL
                    UNION ALL
                    SELECT 'replica ' || application_name, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)
                    FROM pg_stat_replication) AS b""", null, bytes, "%.0f bytes", whenUnknown);
    }

    static Throttle autovacuum(boolean onlyWraparound, WhenUnknown whenUnknown) {
        return new Signals("""
                SELECT count(*) FILTER (WHERE (v.relid = t.oid
                            OR v.relid IN (SELECT p.relid FROM pg_partition_tree(t.oid) AS p))
                        AND (NOT CAST(? AS boolean) OR a.query LIKE '%(to prevent wraparound)')) AS figure,
                    CASE WHEN bool_or(v.relid IS NULL) THEN 'what autovacuum works on is only shown to pg_monitor'
                        ELSE 'autovacuum at work on the table' END AS subject,
                    COALESCE(bool_or(v.relid IS NULL), FALSE) AS hidden
                FROM (SELECT CAST(CAST(${table} AS regclass) AS oid) AS oid) AS t
                CROSS JOIN pg_stat_progress_vacuum v
                JOIN pg_stat_activity a ON a.pid = v.pid AND COALESCE(a.backend_type, 'autovacuum worker') = 'autovacuum worker'
                WHERE v.datname = current_database()""", onlyWraparound, 1, "%.0f", whenUnknown);
    }

    static Throttle longTransactions(Duration limit, WhenUnknown whenUnknown) {
        return new Signals("""
                SELECT COALESCE(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0) AS figure,
                    CASE WHEN bool_or(a.query = '<insufficient privilege>')
                        THEN 'the transactions of other roles are only shown to pg_monitor'
                        ELSE COALESCE('transaction of pid ' || (array_agg(a.pid ORDER BY a.xact_start))[1], 'no transaction')
                    END AS subject,
                    COALESCE(bool_or(a.query = '<insufficient privilege>'), FALSE) AS hidden
                FROM pg_stat_activity a
                WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
                    AND (a.query = '<insufficient privilege>'
                        OR a.backend_type = 'client backend' AND a.xact_start IS NOT NULL
                            AND a.application_name <> current_setting('application_name'))""", null, limit.toMillis() / 1_000.0, "%.1f s", whenUnknown);
    }

    static Throttle lockWaiters(int sessions) {
        var signal = new Signals("""
                SELECT count(*) AS figure, 'sessions that wait for a lock of this batch' AS subject, FALSE AS hidden
                FROM pg_stat_activity w
                WHERE w.wait_event_type = 'Lock' AND w.datname = current_database()
                    AND pg_backend_pid() = ANY (pg_blocking_pids(w.pid))""", null, sessions, "%.0f", WhenUnknown.PROCEED);
        return new Throttle() {
            @Override
            public Reading read(Probe probe) throws SQLException {
                return signal.read(probe);
            }

            @Override
            public WhenUnknown whenUnknown() {
                return WhenUnknown.PROCEED;
            }

            @Override
            public boolean insideBatch() {
                return true;
            }
        };
    }

    static Throttle sql(Query query, WhenUnknown whenUnknown) {
        if (!(query.limit() > 0)) {
            throw new IllegalArgumentException("the limit of " + query.name() + " must be above 0: " + query.limit());
        }
        return new Throttle() {
            @Override
            public Reading read(Probe probe) throws SQLException {
                var figures = Jdbc.list(probe.connection(), query.sql(), row -> String.valueOf(row.getString(1)));
                var figure = figures.isEmpty() ? Double.NaN : number(figures.get(0));
                return Double.isNaN(figure)
                        ? new Reading(null, query.name() + " returned no number")
                        : new Reading(
                                figure / query.limit(), query.name() + ": " + figure + ", limit " + query.limit());
            }

            @Override
            public WhenUnknown whenUnknown() {
                return whenUnknown;
            }
        };
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** The zone is applied here: PostgreSQL reads the sign of an offset the other way round. */
    static Throttle between(LocalTime from, LocalTime to, ZoneId zone) {
        return probe -> {
            var now = Jdbc.first(
                            probe.connection(),
                            "SELECT clock_timestamp()",
                            row -> row.getObject(1, OffsetDateTime.class))
                    .orElseThrow()
                    .atZoneSameInstant(zone)
                    .toLocalTime();
            var open = from.isBefore(to)
                    ? !now.isBefore(from) && now.isBefore(to)
                    : !now.isBefore(from) || now.isBefore(to);
            return new Reading(open ? 0.0 : 1.0, "outside the window " + from + " to " + to + " " + zone);
        };
    }
}
