package dev.turnasync.chaos;

import dev.turnasync.api.Async;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** Builds an index without a lock, written so that it can be repeated after a crash. */
@Async
final class IndexMigration implements JavaMigration {

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("1");
    }

    @Override
    public String getDescription() {
        return "index users";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(Context context) throws SQLException {
        try (var statement = context.getConnection().createStatement()) {
            if (isInvalid(statement)) {
                statement.execute("DROP INDEX CONCURRENTLY IF EXISTS users_email");
            }
            statement.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email)");
        }
    }

    /** A build that was cut off leaves an index that costs but does not help. */
    private static boolean isInvalid(Statement statement) throws SQLException {
        try (var row = statement.executeQuery("""
                SELECT 1
                FROM pg_index
                WHERE indexrelid = to_regclass('users_email') AND NOT indisvalid""")) {
            return row.next();
        }
    }
}
