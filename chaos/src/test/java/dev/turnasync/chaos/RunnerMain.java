package dev.turnasync.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.UnfencedDataSource;
import java.io.IOException;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;

/** A node of the fleet, in a process of its own. It ends on SIGTERM, or when its standard input is closed. */
final class RunnerMain {

    private static final System.Logger LOG = System.getLogger(RunnerMain.class.getName());

    /** Goes on after any number of failures and deaths: what is counted is checked at the end. */
    private static final RetryPolicy STUBBORN =
            new RetryPolicy(10_000, Duration.ofMillis(100), Duration.ofMillis(300), 0.2, 10_000);

    private RunnerMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        var options = RunnerOptions.parse(arguments);
        endWithParent();
        if ("migrate".equals(options.text("task"))) {
            migrate(options);
            return;
        }
        var pool = pool(options);
        var dataSource = withoutWalls(pool, options);
        var kind = start(pool, dataSource, options);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            kind.close();
            pool.close();
        }));
        LOG.log(System.Logger.Level.INFO, "runner " + options.text("worker") + " is up");
        Thread.currentThread().join();
    }

    /** Canaries do without what keeps a zombie from doing harm. */
    private static DataSource withoutWalls(DataSource pool, RunnerOptions options) {
        var seen = options.is("hidden") ? HiddenSessions.from(pool) : pool;
        return options.is("unfenced") ? UnfencedDataSource.around(seen) : seen;
    }

    /** Where the database is away a process manager would start the process again and again. */
    private static RunnerKind start(DataSource pool, DataSource dataSource, RunnerOptions options)
            throws InterruptedException {
        while (true) {
            try {
                return RunnerKind.start(new RunnerKind.Node(async(dataSource, options), pool, options));
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "cannot start yet: " + e);
                Thread.sleep(100);
            }
        }
    }

    private static AsyncMigrations async(DataSource dataSource, RunnerOptions options) {
        var builder = AsyncMigrations.builder(flyway(dataSource, options))
                .workerId(options.text("worker"))
                .retryPolicy(options.text("attempts") == null ? STUBBORN : RetryPolicy.never())
                .leaveShutdownToApplication();
        return options.defaults()
                ? builder.build()
                : builder.leaseFor(Duration.ofMillis(options.number("lease")))
                        .watchEvery(Duration.ofMillis(options.number("watch")))
                        .stopGrace(Duration.ofMillis(200))
                        .build();
    }

    private static void migrate(RunnerOptions options) {
        var source = new PGSimpleDataSource();
        source.setURL(options.text("url"));
        source.setUser(options.user());
        flyway(source, options).migrate();
    }

    static Flyway flyway(DataSource dataSource, RunnerOptions options) {
        return Flyway.configure()
                .dataSource(dataSource)
                .locations(new String[0])
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .javaMigrations(Workload.of(options))
                .load();
    }

    private static HikariDataSource pool(RunnerOptions options) {
        var config = new HikariConfig();
        config.setJdbcUrl(options.text("url"));
        config.setUsername(options.user());
        config.addDataSourceProperty("ApplicationName", options.text("worker"));
        config.setMaximumPoolSize(8);
        config.setMinimumIdle(1);
        config.setInitializationFailTimeout(-1);
        if (!options.defaults()) {
            config.setConnectionTimeout(3_000);
        }
        return new HikariDataSource(config);
    }

    private static void endWithParent() {
        var thread = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    LOG.log(System.Logger.Level.DEBUG, "the parent lives");
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "the parent is gone", e);
            }
            Runtime.getRuntime().halt(1);
        });
        thread.setDaemon(true);
        thread.start();
    }
}
