package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.QueueReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A {@code migrate} that dies at any of its messages to the database, which arrives or does not, leaves nothing that the next one does
 * not put right: each entry is there once, and the history goes on. To the server a killed process is a connection that ended.
 */
class MigrateKillTest {

    /** Where it dies: at which message, and whether that one arrives. */
    private record Point(int message, boolean arrives) {}

    private static final int FIRST = 3;
    private static final int ALL = 5;

    private final Postgres postgres = Postgres.shared();
    private final RunnerOptions options =
            RunnerOptions.of("thread").with("worker", "me").with("pause", 0).with("migrations", ALL);

    /** Those of a first deploy, which creates the queue's tables, and of a second one; {@code -Dchaos.seed=…} draws others. */
    @Test
    void losesAndDoublesNothingWhereverItIsKilled() {
        var random = new Random(Long.getLong("chaos.seed", 1));
        for (var queued : List.of(0, FIRST)) {
            var messages = messages(queued);
            var points = Stream.generate(() -> new Point(random.nextInt(1, messages + 1), random.nextBoolean()))
                    .limit(3)
                    .toList();
            assertThat(findings(queued, points)).isEmpty();
        }
    }

    @Tag("chaos")
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    @Test
    void losesAndDoublesNothingAtAnyMessage() {
        for (var queued : List.of(0, FIRST)) {
            var messages = messages(queued);
            var points = IntStream.rangeClosed(1, messages)
                    .boxed()
                    .flatMap(message -> Stream.of(new Point(message, true), new Point(message, false)))
                    .toList();
            System.out.println("migrate after " + queued + " versions: killed at " + points.size() + " points");
            assertThat(findings(queued, points)).isEmpty();
        }
    }

    private int messages(int queued) {
        var database = prepared(queued);
        try (var network = new TcpProxy(postgres.port())) {
            migrate(through(network, database), ALL);
            return network.requests().counted();
        } finally {
            postgres.drop(database);
        }
    }

    private List<String> findings(int queued, List<Point> points) {
        var findings = new ArrayList<String>();
        for (var point : points) {
            var database = prepared(queued);
            try {
                kill(database, point);
                migrate(database.dataSource(), ALL);
                findings.addAll(state(database).stream()
                        .map(finding -> point + ": " + finding)
                        .toList());
            } catch (FlywayException e) {
                findings.add(point + ": the next migrate fails: " + e);
            } finally {
                postgres.drop(database);
            }
        }
        return findings;
    }

    /** A database with the journal, in which some versions were deployed before. */
    private Database prepared(int queued) {
        var database = postgres.empty();
        database.execute(Postgres.JOURNAL);
        if (queued > 0) {
            migrate(database.dataSource(), queued);
        }
        return database;
    }

    private void kill(Database database, Point point) {
        try (var network = new TcpProxy(postgres.port())) {
            network.requests().endAt(point.message(), point.arrives(), () -> network.soon(TcpProxy.Mode.CUT));
            migrate(through(network, database), ALL);
        } catch (FlywayException e) {
            assertThat(e).as("it ends because it was cut off").isNotNull();
        }
    }

    private void migrate(DataSource dataSource, int versions) {
        RunnerMain.flyway(dataSource, options.with("migrations", versions)).migrate();
    }

    private static DataSource through(TcpProxy network, Database database) {
        var source = new PGSimpleDataSource();
        source.setURL(Database.url(database.name(), network.port()));
        source.setUser(Database.SUPERUSER);
        return source;
    }

    /** What is wrong with the queue, before and after it is drained. */
    private List<String> state(Database database) {
        try (var async = AsyncMigrations.builder(RunnerMain.flyway(database.dataSource(), options))
                .leaveShutdownToApplication()
                .build()) {
            var findings = new ArrayList<>(found(async.queue().check()));
            async.drain();
            findings.addAll(found(async.queue().check()));
            findings.addAll(new Checker(database, options).check().findings());
            return findings;
        }
    }

    private static List<String> found(QueueReport report) {
        return report.findings().stream().map(Object::toString).toList();
    }
}
