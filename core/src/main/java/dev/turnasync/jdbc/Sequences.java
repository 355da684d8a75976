package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sequences that number our rows. Logical replication does not copy them, so after a failover or a switch by it they begin again and give
 * numbers that are taken. They are only ever moved on by taking numbers from them, which no two that do it at once can undo for each other.
 */
final class Sequences {

    private static final String ENTRIES = "async_schema_migrations";

    private static final String ACTIONS = "async_schema_actions";

    /** A sequence that would give numbers of rows that are there. */
    record Behind(String table, String sequence, long by) {

        String told() {
            return "the sequence " + sequence + " is " + by + " behind the rows of " + table
                    + ", as after a failover by logical replication, which copies no sequences";
        }
    }

    private final String schema;

    Sequences(QueueName name) {
        this.schema = name.quotedSchema();
    }

    /** Sees to it that the next entry gets a free number: in Flyway's transaction an error would be the end of it. */
    void prepareEntry(Connection connection) throws SQLException {
        prepare(connection, ENTRIES);
    }

    /** Sees to it that the next record of an operator's action gets a free number. */
    void prepareAction(Connection connection) throws SQLException {
        prepare(connection, ACTIONS);
    }

    private void prepare(Connection connection, String table) throws SQLException {
        var behind = behind(connection, table);
        if (behind.isPresent()) {
            advance(connection, behind.get());
        }
    }

    /** The sequences that are behind; those that this user may not see are taken to be right. */
    List<Behind> behind(Connection connection) throws SQLException {
        var found = new ArrayList<Behind>();
        behind(connection, ENTRIES).ifPresent(found::add);
        behind(connection, ACTIONS).ifPresent(found::add);
        return List.copyOf(found);
    }

    private Optional<Behind> behind(Connection connection, String table) throws SQLException {
        var sequence = Jdbc.first(connection, """
                SELECT s.sequence
                FROM (SELECT pg_catalog.pg_get_serial_sequence(?, 'id') AS sequence) AS s
                WHERE has_sequence_privilege(s.sequence, 'SELECT')""", row -> row.getString(1), schema + "." + table);
        if (sequence.isEmpty()) {
            return Optional.empty();
        }
        return Jdbc.first(
                        connection,
                        """
                        SELECT h.highest - CASE WHEN q.is_called THEN q.last_value ELSE q.last_value - 1 END AS missing
                        FROM ${sequence} q
                        CROSS JOIN (SELECT max(id) AS highest FROM ${schema}.${table}) AS h""".replace("${sequence}", sequence.get())
                                .replace("${schema}", schema)
                                .replace("${table}", table),
                        row -> row.getLong("missing"))
                .filter(missing -> missing > 0)
                .map(missing -> new Behind(table, sequence.get(), missing));
    }

    /**
     * Moves a sequence behind the rows of its table.
     *
     * @throws AsyncMigrationException if this user may not
     */
    void advance(Connection connection, Behind behind) throws SQLException {
        var may = Jdbc.first(
                connection,
                "SELECT has_sequence_privilege(?, 'USAGE, UPDATE')",
                row -> row.getBoolean(1),
                behind.sequence());
        if (!may.orElse(false)) {
            throw new AsyncMigrationException(behind.told()
                    + ", and this user may not move it on. Let the owner of the tables run `check-queue --fix`, or GRANT USAGE ON SEQUENCE "
                    + behind.sequence() + ".");
        }
        Jdbc.list(
                connection,
                "SELECT count(nextval(CAST(? AS REGCLASS))) FROM generate_series(1, CAST(? AS BIGINT))",
                row -> true,
                behind.sequence(),
                behind.by());
    }
}
