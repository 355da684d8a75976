package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.QueueEntry.Waiting;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.resumable.AsyncContext;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts from outside that a column cannot hold as they are: from errors, from operators, from the machine's name. */
class HostileTextsTest {

    private static final String HOSTILE = "日 … \u0000 \ud83d \u001b[31m";

    private static final String STORED = "\\u65e5 ... \\0 \\ud83d \\u001b[31m";

    /** What identifies something, or is one of our own words: it is stored as it is, or not at all. */
    private static final Set<String> EXACT = Set.of(
            "migrations.history_table",
            "migrations.entry_key",
            "migrations.direction",
            "migrations.version",
            "migrations.description",
            "migrations.script",
            "migrations.status",
            "migrations.came_from",
            "migrations.run_window",
            "attempts.outcome",
            "attempts.error_class",
            "checkpoints.name",
            "checkpoints.value",
            "requests.request",
            "lease.history_table",
            "actions.action",
            "actions.from_status",
            "actions.to_status");

    private final List<Deployment> builds = new ArrayList<>();
    private final List<AsyncMigrations> nodes = new ArrayList<>();
    private final Set<String> reached = new TreeSet<>();

    /** Fails as hostile as can be, is canceled, loses its lease, and succeeds with a warning. */
    private void body(AsyncContext context) throws Exception {
        var queue = nodes.get(0).queue();
        if (context.attempt() == 1) {
            context.report(new Progress(1L, 2L, null, HOSTILE, new Waiting(HOSTILE, null, null)));
            queue.throttle("1", Duration.ofHours(1), "ada " + HOSTILE, "because " + HOSTILE);
            look();
            throw new SQLException("failed: " + HOSTILE, HOSTILE);
        }
        if (context.attempt() == 2) {
            queue.cancel("1", "ada " + HOSTILE, "because " + HOSTILE);
            context.await(Duration.ofMinutes(1));
        }
        if (context.attempt() == 3) {
            builds.get(0).database().execute("UPDATE async_schema_lease SET holder = gen_random_uuid()");
        }
        context.warn("careful " + HOSTILE);
    }

    /** Notes which columns hold the hostile text. */
    private void look() {
        var database = builds.get(0).database();
        for (var column : columns()) {
            var table = column.substring(0, column.indexOf('.'));
            var name = column.substring(column.indexOf('.') + 1);
            if (!database.column(
                            "SELECT 1 FROM async_schema_" + table + " WHERE position(? IN " + name + ") > 0", STORED)
                    .isEmpty()) {
                reached.add(column);
            }
        }
    }

    private List<String> columns() {
        return builds.get(0).database().column("""
                SELECT replace(table_name, 'async_schema_', '') || '.' || column_name
                FROM information_schema.columns
                WHERE table_name LIKE 'async\\_schema\\_%' AND data_type = 'text'""").stream()
                .map(String::valueOf)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LATIN1", "SQL_ASCII"})
    void areStoredInEveryColumnForTextFromOutside(String encoding) {
        try (var build = Deployment.on(
                TestDatabase.encoded(encoding), Script.async("1", this::body).inPieces())) {
            builds.add(build);
            build.migrate();
            var node = build.node(AsyncMigrations.builder(build.flyway())
                    .retryPolicy(Deployment.AT_ONCE)
                    .workerId("host " + HOSTILE));
            nodes.add(node);

            node.drain();
            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            look();
            node.queue().retry("1", "ada " + HOSTILE, "because " + HOSTILE);
            node.drain(); // loses its lease, as to a database that went back
            look();
            build.expireLease();
            node.drain();
            assertThat(build.status("1")).isEqualTo(EntryStatus.SUCCEEDED);
            look();

            assertThat(columns()).containsAll(EXACT);
            assertThat(reached)
                    .containsExactlyInAnyOrderElementsOf(columns().stream()
                            .filter(column -> !EXACT.contains(column))
                            .toList());
        }
    }

    @Test
    void costNeitherTheOutcomeNorTheLogHoweverLongTheyAre() {
        var log = new BoundedLog();
        var logger = Logger.getLogger("dev.turnasync.events");
        logger.addHandler(log);
        var megabytes = "x".repeat(24_000_000);
        try (var build = Deployment.of(Script.async("1", context -> {
                    throw new AsyncMigrationException.Permanent(megabytes);
                }))
                .migrate()) {
            build.node().drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.database().column("""
                            SELECT length(error_message) < 30000 AND length(stack_trace) < 110000
                                AND error_message LIKE '%more characters)'
                            FROM async_schema_attempts""")).containsExactly(true);
            assertThat(log.characters).hasPositiveValue().hasValueLessThan(200_000);
        } finally {
            logger.removeHandler(log);
        }
    }

    /** Counts what is logged; an error's own print has its whole message. */
    private static final class BoundedLog extends Handler {
        private final AtomicLong characters = new AtomicLong();

        @Override
        public void publish(LogRecord line) {
            var thrown = line.getThrown();
            characters.addAndGet(line.getMessage().length()
                    + (thrown == null ? 0 : thrown.toString().length()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @Test
    void areNeverChangedWhereTheyIdentifySomething() {
        try (var build = Deployment.on(
                TestDatabase.encoded("LATIN1"),
                Script.async(
                                "1",
                                context -> context.inTransaction(tx -> {
                                    tx.checkpoint("日");
                                    return 1;
                                }))
                        .inPieces())) {
            build.migrate();

            build.node().drain();

            assertThat(build.status("1")).isEqualTo(EntryStatus.FAILED);
            assertThat(build.database().column("SELECT value FROM async_schema_checkpoints"))
                    .isEmpty();
            assertThat(build.database().column("SELECT sqlstate FROM async_schema_attempts"))
                    .containsExactly("22P05");
        }
    }
}
