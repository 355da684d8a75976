package dev.turnasync.quartz;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Async;
import dev.turnasync.database.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.postgresql.ds.PGSimpleDataSource;

/** A node in a process of its own, which can be killed while it runs the migration V1. */
final class QuartzProcess {

    private QuartzProcess() {}

    static Process start(TestDatabase database, String scheduler) throws IOException {
        var java = ProcessHandle.current().info().command().orElse("java");
        var command = List.of(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                QuartzProcess.class.getName(),
                database.url(),
                scheduler);
        return new ProcessBuilder(command).inheritIO().start();
    }

    /** Runs in the process: the database's URL, the scheduler's name. */
    public static void main(String[] arguments) {
        var source = new PGSimpleDataSource();
        source.setURL(arguments[0]);
        var async = AsyncMigrations.builder(flyway(source))
                .leaseFor(Duration.ofSeconds(1))
                .build();
        QuartzNode.start(async, Schedulers.over(arguments[1], source).make());
    }

    static Flyway flyway(PGSimpleDataSource source) {
        return Flyway.configure()
                .dataSource(source)
                .locations("classpath:dev/turnasync/nothing")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(new V1__Takes_long())
                .load();
    }

    /** Notes each attempt and waits for ever in the first one, outside of any transaction. */
    @Async
    static final class V1__Takes_long extends BaseJavaMigration {

        @Override
        public boolean canExecuteInTransaction() {
            return false;
        }

        @Override
        public void migrate(Context context) throws Exception {
            try (var statement = context.getConnection().createStatement()) {
                statement.execute("INSERT INTO attempts DEFAULT VALUES");
                try (var attempts = statement.executeQuery("SELECT count(*) FROM attempts")) {
                    attempts.next();
                    if (attempts.getInt(1) == 1) {
                        new CountDownLatch(1).await();
                    }
                }
            }
        }
    }
}
