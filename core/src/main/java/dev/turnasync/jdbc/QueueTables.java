package dev.turnasync.jdbc;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.jdbc.QueueSchema.Installed;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * TurnAsync's own tables in one schema, for those who create them apart from {@code migrate}. Safe for use by many threads; of
 * two that apply at once one does it.
 */
public final class QueueTables {

    /**
     * Which version is installed and which is the latest that this program knows.
     *
     * @param installed the version of the tables; 0 when there are none
     * @param known the latest that this program knows
     */
    public record Version(int installed, int known) {

        /**
         * Tells whether nothing is to be run.
         *
         * @return true also when the tables are newer, and compatible
         */
        public boolean isCurrent() {
            return installed >= known;
        }
    }

    private final DataSource dataSource;
    private final QueueName name;
    private final QueueSchema schema;

    /**
     * Creates a view of the tables in a schema.
     *
     * @param dataSource the database
     * @param name a queue in that schema
     */
    public QueueTables(DataSource dataSource, QueueName name) {
        this.dataSource = dataSource;
        this.name = name;
        this.schema = new QueueSchema(name.schema());
    }

    /**
     * Returns the statements that create the tables where there are none. Needs no database.
     *
     * @param schema the schema of Flyway's history, unquoted
     * @return the statements in their order, each one ended by a semicolon
     */
    public static List<String> script(String schema) {
        return new QueueSchema(schema).missing(Installed.NONE);
    }

    /**
     * Returns the latest version that this program knows.
     *
     * @return the version
     */
    public static int knownVersion() {
        return new QueueSchema("public").current();
    }

    /**
     * Reads which version is installed.
     *
     * @return the version
     * @throws AsyncMigrationException if the database cannot be reached
     * @throws SchemaMismatchException if the tables are too new for this program, or the database is not PostgreSQL
     */
    public Version version() {
        return new Version(installed().version(), schema.current());
    }

    /**
     * Returns the statements that {@link #apply} would run now.
     *
     * @return the statements; none when the tables are current
     * @throws AsyncMigrationException as {@link #version} does
     */
    public List<String> missing() {
        return schema.missing(installed());
    }

    /**
     * Creates or upgrades the tables, all in one transaction; does nothing when they are current.
     *
     * @return the version that was installed before
     * @throws AsyncMigrationException if the database cannot be reached or refuses
     * @throws SchemaMismatchException if the tables are too new, this user may not create them, or Flyway's history is not there
     *     yet: Flyway refuses to migrate a schema that has tables but no history
     */
    public Version apply() {
        try (var connection = dataSource.getConnection()) {
            var before = Jdbc.inTransaction(connection, () -> {
                var found = schema.verify(connection);
                if (found.version() < schema.current()) {
                    requireHistory(connection);
                }
                schema.ensure(connection);
                return found;
            });
            return new Version(before.version(), schema.current());
        } catch (SQLException e) {
            throw new AsyncMigrationException("could not create TurnAsync's tables: " + e.getMessage(), e);
        }
    }

    private void requireHistory(Connection connection) throws SQLException {
        var there = Jdbc.first(connection, """
                SELECT 1
                FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ?""", row -> true, name.schema(), name.historyTable());
        if (there.isEmpty()) {
            throw new SchemaMismatchException(
                    "there is no Flyway history " + name
                            + " yet, and Flyway refuses to migrate a schema that has tables but no"
                            + " history. Run migrate or baseline first.",
                    null);
        }
    }

    private Installed installed() {
        try (var connection = dataSource.getConnection()) {
            return schema.verify(connection);
        } catch (SQLException e) {
            throw new AsyncMigrationException("could not look at TurnAsync's tables: " + e.getMessage(), e);
        }
    }
}
