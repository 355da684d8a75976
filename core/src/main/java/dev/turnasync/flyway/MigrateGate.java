package dev.turnasync.flyway;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resource.LoadableResource;
import org.flywaydb.core.extensibility.AppliedMigration;
import org.flywaydb.core.internal.database.base.Database;
import org.flywaydb.core.internal.database.base.Table;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;
import org.flywaydb.core.internal.schemahistory.SchemaHistory;
import org.flywaydb.core.internal.sqlscript.SqlStatement;

/**
 * Keeps {@code migrate} from migrating on a node of mode {@link MigrateMode#SKIP} or {@link MigrateMode#WAIT}. Flyway finds it
 * through {@link java.util.ServiceLoader}, asks it before it connects, and lets it stand between itself and the database.
 *
 * <p>How it works:
 *
 * <ol>
 *   <li>Stay away from all commands but {@code migrate}, and from {@code migrate} in mode {@link MigrateMode#RUN}.
 *   <li>In mode {@link MigrateMode#WAIT}, wait before Flyway takes a connection. Newer versions of Flyway ask twice; the second
 *       answer takes one look, for the first one has waited.
 *   <li>Give Flyway an idle history in place of its own: nothing is written, locked or run.
 * </ol>
 */
public final class MigrateGate implements StatementInterceptor {

    private static final Logger LOG = System.getLogger(MigrateGate.class.getName());

    /** Creates the gate; called by {@link java.util.ServiceLoader}. */
    public MigrateGate() {
        // Spelled out because ServiceLoader wants it public.
    }

    /**
     * Waits if need be, and tells whether Flyway's {@code migrate} is to be kept idle.
     *
     * @param configuration the configuration of the Flyway instance
     * @return true in a {@code migrate} on a node that does not migrate
     * @throws org.flywaydb.core.api.FlywayException if the wait failed
     */
    @Override
    public boolean isConfigured(Configuration configuration) {
        if (!FlywayCommand.isMigrate()) {
            return false;
        }
        var mode = MigrateMode.of(configuration);
        if (mode == MigrateMode.WAIT) {
            new HistoryWait(configuration).await();
        }
        return mode != MigrateMode.RUN;
    }

    @Override
    public SchemaHistory getSchemaHistory(Configuration configuration, SchemaHistory history) {
        LOG.log(
                Level.INFO,
                "{0}={1}: this node does not migrate",
                MigrateMode.PROPERTY,
                MigrateMode.of(configuration).name().toLowerCase(Locale.ROOT));
        return new IdleHistory();
    }

    @Override
    public Connection createConnectionProxy(Connection connection) {
        return connection;
    }

    @Override
    public List<Callback> getCallbacks() {
        return new ArrayList<>();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void init(Configuration configuration, Database database, Table table) {
        // Nothing to prepare.
    }

    @Override
    public void close() {
        // Nothing to close.
    }

    // What Flyway would have run had it not been for this gate: SQL callbacks, that is, for there are no migrations.

    @Override
    public void sqlScript(LoadableResource resource) {
        LOG.log(Level.DEBUG, "Not run on this node: {0}", resource.getFilename());
    }

    @Override
    public void sqlStatement(SqlStatement statement) {
        // Not run.
    }

    @Override
    public void scriptMigration(LoadableResource resource) {
        // Not run.
    }

    @Override
    public void javaMigration(JavaMigration migration) {
        // Not run.
    }

    @Override
    public void schemaHistoryTableCreate(boolean baseline) {
        // Not created.
    }

    @Override
    public void schemaHistoryTableInsert(AppliedMigration applied) {
        // Not written.
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void schemaHistoryTableDeleteFailed(Table table, AppliedMigration applied) {
        // Not deleted.
    }

    @Override
    public void interceptCommand(String command) {
        // Of no interest.
    }

    @Override
    public void interceptStatement(String sql) {
        // Of no interest.
    }

    @Override
    public void interceptPreparedStatement(String sql, Map<Integer, Object> parameters) {
        // Of no interest.
    }

    @Override
    public void interceptCallableStatement(String sql) {
        // Of no interest.
    }
}
