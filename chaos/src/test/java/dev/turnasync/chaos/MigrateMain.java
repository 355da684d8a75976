package dev.turnasync.chaos;

import java.sql.SQLException;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** A node that migrates as {@code turnasync.migrate} says, and then says whether it can serve. */
final class MigrateMain {

    static final int STEPS = 5;

    private MigrateMain() {}

    /** Runs in the process: the database's URL. */
    public static void main(String[] arguments) throws SQLException {
        var source = new PGSimpleDataSource();
        source.setURL(arguments[0]);
        source.setUser("postgres");
        Flyway.configure()
                .dataSource(source)
                .locations(new String[0])
                .javaMigrations(
                        IntStream.rangeClosed(1, STEPS).mapToObj(Step::new).toArray(JavaMigration[]::new))
                .load()
                .migrate();
        try (var connection = source.getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("SELECT to_regclass('step_" + STEPS + "') IS NOT NULL")) {
            result.next();
            System.out.println("serving, schema " + (result.getBoolean(1) ? "there" : "missing"));
        }
    }

    /** A sync migration that takes a moment, and fails when it is applied twice. */
    private record Step(int number) implements JavaMigration {

        @Override
        public MigrationVersion getVersion() {
            return MigrationVersion.fromVersion(Integer.toString(number));
        }

        @Override
        public String getDescription() {
            return "step " + number;
        }

        @Override
        public @Nullable Integer getChecksum() {
            return null;
        }

        @Override
        public boolean canExecuteInTransaction() {
            return true;
        }

        @Override
        public void migrate(Context context) throws SQLException {
            try (var statement = context.getConnection().createStatement()) {
                statement.execute("CREATE TABLE step_" + number + " AS SELECT pg_sleep(1)::TEXT AS slept");
            }
        }
    }
}
