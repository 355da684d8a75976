package dev.turnasync.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.benchmarks.backfill.BackfillBench;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long a queue of trivial migrations takes, from the start of the scheduler to the last success. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        subcommands = {BackfillBench.class, LongQueueBench.class},
        description = "Drains the same queue through each scheduler.")
public final class Main implements Callable<Integer> {

    private static final Logger ROOT = Logger.getLogger("");
    private static final int MINUTES_TO_DRAIN = 10;

    @Option(names = "--migrations", defaultValue = "1000", description = "How many. Default: ${DEFAULT-VALUE}.")
    private int migrations;

    @Option(names = "--rounds", defaultValue = "3", description = "How many of each. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    private int databases;

    private Main() {}

    /**
     * Runs the benchmark and exits.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String... arguments) {
        ROOT.setLevel(Level.SEVERE);
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        try (var server = EmbeddedPostgres.builder()
                .setServerConfig("max_connections", "200")
                .start()) {
            time(server, Driver.DRAIN); // warms up
            Map<Driver, List<Duration>> times = new EnumMap<>(Driver.class);
            for (var round = 1; round <= rounds; round++) {
                for (var driver : Driver.values()) {
                    var took = time(server, driver);
                    times.computeIfAbsent(driver, unused -> new ArrayList<>()).add(took);
                    System.out.printf(Locale.ROOT, "round %d: %-20s %6.1f s%n", round, driver, seconds(took));
                }
            }
            print(times);
        }
        return CommandLine.ExitCode.OK;
    }

    private void print(Map<Driver, List<Duration>> times) {
        System.out.printf(Locale.ROOT, "%n%,d migrations, median of %d:%n", migrations, rounds);
        var base = median(times.getOrDefault(Driver.DRAIN, List.of(Duration.ofSeconds(1))));
        times.forEach((driver, all) -> System.out.printf(
                Locale.ROOT,
                "%-20s %6.1f s   %5.1f ms each   %4.1f times a drain by hand%n",
                driver,
                seconds(median(all)),
                1_000 * seconds(median(all)) / migrations,
                seconds(median(all)) / seconds(base)));
    }

    private Duration time(EmbeddedPostgres server, Driver driver) throws Exception {
        var database = "bench_" + ++databases;
        execute(server.getPostgresDatabase(), "CREATE DATABASE " + database);
        try (var pool = new HikariDataSource()) {
            pool.setJdbcUrl(server.getJdbcUrl("postgres", database));
            pool.setMaximumPoolSize(20);
            execute(pool, "CREATE TABLE ran (number INT PRIMARY KEY)");
            var flyway = Flyway.configure()
                    .dataSource(pool)
                    .locations("classpath:dev/turnasync/nothing")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .javaMigrations(Trivial.some(migrations))
                    .load();
            flyway.migrate();
            return drain(flyway, pool, driver);
        }
    }

    private Duration drain(Flyway flyway, DataSource pool, Driver driver) throws Exception {
        var left = new CountDownLatch(migrations);
        try (var async = AsyncMigrations.builder(flyway)
                .onEvent(event -> {
                    if (event instanceof Event.Succeeded) {
                        left.countDown();
                    }
                })
                .build()) {
            var start = System.nanoTime();
            var running = driver.start(async, pool);
            try {
                if (!left.await(MINUTES_TO_DRAIN, TimeUnit.MINUTES)) {
                    throw new IllegalStateException(driver + " left " + left.getCount() + " migrations");
                }
                return Duration.ofNanos(System.nanoTime() - start);
            } finally {
                running.close();
            }
        }
    }

    private static void execute(DataSource database, String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Duration median(List<Duration> all) {
        return all.stream().sorted().toList().get(all.size() / 2);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }
}
