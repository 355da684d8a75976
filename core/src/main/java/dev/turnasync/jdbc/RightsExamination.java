package dev.turnasync.jdbc;

import dev.turnasync.api.QueueReport.Examined;
import dev.turnasync.api.SchemaMismatchException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the {@link Doctor} asks of the tables and of this user's rights on them. */
final class RightsExamination {

    private static final String READ = "SELECT";

    /** What a worker and an operator do with a table. */
    private record Need(String table, List<String> rights) {}

    private static final List<String> CHANGE = List.of(READ, "INSERT", "UPDATE");

    private static final List<Need> NEEDED = List.of(
            new Need("async_schema_version", List.of(READ)),
            new Need("async_schema_migrations", CHANGE),
            new Need("async_schema_attempts", CHANGE),
            new Need("async_schema_checkpoints", CHANGE),
            new Need("async_schema_progress", CHANGE),
            new Need("async_schema_lease", CHANGE),
            new Need("async_schema_requests", List.of(READ, "INSERT", "UPDATE", "DELETE")),
            new Need("async_schema_actions", List.of(READ, "INSERT")));

    /** A right that one rare command needs. */
    private record Rare(String table, String right, String command) {}

    private final QueueName name;

    RightsExamination(QueueName name) {
        this.name = name;
    }

    Examined history(Connection connection) throws SQLException {
        var missing = missing(connection, name.historyTable(), List.of(READ));
        if (missing == null) {
            return Doctor.warning(
                    "history",
                    "there is no " + name + ": no migrate has run here",
                    "look at --schema and --table, or run migrate");
        }
        return missing.isEmpty()
                ? Doctor.ok("history", name + " can be read")
                : Doctor.problem(
                        "history", "this user may not read " + name, "GRANT SELECT ON " + table(name.historyTable()));
    }

    Examined tables(Connection connection) throws SQLException {
        var schema = new QueueSchema(name.schema());
        try {
            var installed = schema.verify(connection).version();
            if (installed >= schema.current()) {
                return Doctor.ok("tables", "of version " + installed);
            }
            return Doctor.warning(
                    "tables",
                    installed == 0 ? "there are none yet" : "of version " + installed + " of " + schema.current(),
                    "the next migrate that queues something does it; `schema apply` does it now");
        } catch (SchemaMismatchException e) {
            return Doctor.problem("tables", String.valueOf(e.getMessage()), "upgrade TurnAsync on this node");
        }
    }

    Examined schema(Connection connection) throws SQLException {
        return Jdbc.first(
                        connection,
                        """
                        SELECT has_schema_privilege(n.oid, 'USAGE') AS usage, has_schema_privilege(n.oid, 'CREATE') AS creation
                        FROM pg_catalog.pg_namespace n
                        WHERE n.nspname = ?""",
                        row -> schema(row.getBoolean("usage"), row.getBoolean("creation")),
                        name.schema())
                .orElseGet(() -> Doctor.problem(
                        "schema", "there is no schema " + name.schema(), "look at --schema, or run migrate"));
    }

    private Examined schema(boolean usage, boolean creation) {
        if (!usage) {
            return Doctor.problem(
                    "schema",
                    "this user may not use schema " + name.schema(),
                    "GRANT USAGE ON SCHEMA " + name.quotedSchema());
        }
        return creation
                ? Doctor.ok("schema", "this user may create tables in " + name.schema())
                : Doctor.warning(
                        "schema",
                        "this user may not create tables in " + name.schema()
                                + "; only the user of migrate must, before the first async migration and after upgrades",
                        "nothing for workers and operators; for migrate: GRANT CREATE ON SCHEMA "
                                + name.quotedSchema());
    }

    /** One result for all tables with all rights, and one for each table that lacks some. */
    List<Examined> eachTable(Connection connection) throws SQLException {
        var results = new ArrayList<Examined>();
        var there = 0;
        for (var need : NEEDED) {
            var missing = missing(connection, need.table(), need.rights());
            if (missing != null) {
                there++;
            }
            if (missing != null && !missing.isEmpty()) {
                var told = "this user lacks " + String.join(", ", missing) + " on " + need.table();
                var grant = "GRANT " + String.join(", ", missing) + " ON " + table(need.table());
                results.add(
                        missing.contains(READ)
                                ? Doctor.problem("rights", told + ", so the queue cannot be read", grant)
                                : Doctor.warning(
                                        "rights", told + ": it can look, but neither work nor operate", grant));
            }
        }
        if (results.isEmpty() && there > 0) {
            results.add(Doctor.ok(
                    "rights", "all that workers and operators need, on " + there + " tables" + rare(connection)));
        }
        return results;
    }

    private String rare(Connection connection) throws SQLException {
        var lacking = new StringBuilder();
        for (var rare : List.of(
                new Rare("async_schema_checkpoints", "DELETE", "retry --from-start"),
                new Rare(name.historyTable(), "INSERT", "undo --mark-history"))) {
            var missing = missing(connection, rare.table(), List.of(rare.right()));
            if (missing != null && !missing.isEmpty()) {
                lacking.append("; `")
                        .append(rare.command())
                        .append("` would also need ")
                        .append(rare.right())
                        .append(" on ")
                        .append(rare.table());
            }
        }
        return lacking.toString();
    }

    Examined lease(Connection connection) throws SQLException {
        var there = missing(connection, "async_schema_lease", List.of(READ));
        if (there == null || !there.isEmpty()) {
            return Doctor.ok("lease", "not looked at: no table that can be read");
        }
        return Jdbc.first(
                        connection,
                        new QueueSql(name).readLease(),
                        row -> {
                            var worker = row.getString("worker");
                            return worker == null
                                    ? Doctor.ok("lease", "free")
                                    : row.getBoolean("live") ? held(connection, row, worker) : expired(worker);
                        },
                        name.historyTable())
                .orElseGet(() -> Doctor.ok("lease", "never taken"));
    }

    private static Examined expired(String worker) {
        return Doctor.warning(
                "lease",
                "worker " + worker + " no longer renews it",
                "nothing: the next worker takes over by itself; `drain` does it now");
    }

    private static Examined held(Connection connection, ResultSet row, String worker) throws SQLException {
        var renewed = Jdbc.instantOrNull(row, "renewed_at");
        var length = renewed == null ? null : Duration.between(renewed, Jdbc.instant(row, "lease_until"));
        var trip = RoundTrips.measure(connection);
        return length == null || trip.suits(length)
                ? Doctor.ok("lease", "held and renewed by worker " + worker)
                : Doctor.warning(
                        "lease",
                        "held by worker " + worker + " for " + length.toMillis()
                                + " ms at a time, which is too short where a round trip takes " + trip
                                + ", as from here",
                        "set leaseFor of that worker to at least "
                                + trip.leaseNeeded().toSeconds() + " s, unless it is nearer to the database");
    }

    /** The rights that this user lacks; null where there is no such table. */
    private @Nullable List<String> missing(Connection connection, String table, List<String> rights)
            throws SQLException {
        var there = Jdbc.first(connection, """
                SELECT c.oid
                FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p', 'v')""", row -> row.getLong(1), name.schema(), table);
        if (there.isEmpty()) {
            return null;
        }
        return Jdbc.list(connection, """
                SELECT r.name
                FROM unnest(string_to_array(?, ',')) WITH ORDINALITY AS r (name, place)
                WHERE NOT has_table_privilege(CAST(? AS BIGINT)::OID, r.name)
                ORDER BY r.place""", row -> row.getString(1), String.join(",", rights), there.get());
    }

    private String table(String table) {
        return name.quotedSchema() + "." + QueueName.quote(table);
    }
}
