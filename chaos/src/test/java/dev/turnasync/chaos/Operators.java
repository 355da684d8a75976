package dev.turnasync.chaos;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.MigrationQueue;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * People at work on the queue: what they do is drawn by events, and a person on call ends what waits for one. What they may not do
 * at that moment is refused, which is no fault. Safe for use by many threads.
 */
final class Operators implements AutoCloseable {

    /** One change. */
    @FunctionalInterface
    private interface Change {
        void on(MigrationQueue queue);
    }

    /** An entry that waits for a person, and what was last done to it. */
    private record Waiting(String version, String status, String reason, String action) {}

    private static final System.Logger LOG = System.getLogger(Operators.class.getName());
    private static final String ME = "chaos";

    private final Scene.Place place;
    private final Consumer<String> findings;
    private final Set<String> toSkip = ConcurrentHashMap.newKeySet();
    private final Thread onCall = new Thread(this::watch, "on call");
    private volatile boolean closed;

    Operators(Scene.Place place, Consumer<String> findings) {
        this.place = place;
        this.findings = findings;
        onCall.setDaemon(true);
        onCall.start();
    }

    static void pause(Scene scene) {
        var ahead = scene.random().nextInt(3);
        scene.later(
                Duration.ZERO,
                () -> scene.operators()
                        .unfinished(ahead)
                        .ifPresent(version ->
                                scene.operators().change(queue -> queue.pause(version, ME, "to look at it"))));
    }

    static void cancel(Scene scene) {
        scene.later(Duration.ZERO, () -> scene.operators().running().ifPresent(scene.operators()::cancel));
    }

    static void throttle(Scene scene) {
        var time = scene.between(300, 2_000);
        var ends = scene.random().nextBoolean();
        scene.later(
                Duration.ZERO,
                () -> scene.operators().unfinished(0).ifPresent(version -> {
                    scene.operators().change(queue -> queue.throttle(version, time, ME, "too fast"));
                    if (ends) {
                        scene.operators().change(queue -> queue.throttle(version, Duration.ZERO, ME, "fast enough"));
                    }
                }));
    }

    /** One that runs is cancelled, and skipped by who is on call; one that waits is skipped at once. */
    static void skip(Scene scene) {
        var ahead = scene.random().nextInt(3);
        scene.later(
                Duration.ZERO,
                () -> scene.operators().unfinished(ahead).ifPresent(version -> {
                    var operators = scene.operators();
                    operators.toSkip.add(version);
                    if (!operators.change(queue -> queue.skip(version, ME, "not needed"))) {
                        operators.cancel(version);
                    }
                }));
    }

    static void fix(Scene scene) {
        scene.later(Duration.ZERO, () -> scene.operators().change(queue -> queue.fix(ME)));
    }

    void cancel(String version) {
        change(queue -> queue.cancel(version, ME, "it takes too long"));
    }

    /** Does one thing; returns whether it was done. What is thrown that should not be is found. */
    private boolean change(Change change) {
        var user = place.options().user();
        try (var own = new Database(place.database().name(), place.postgres().port(), user);
                var async = AsyncMigrations.builder(RunnerMain.flyway(own.dataSource(), place.options()))
                        .leaveShutdownToApplication()
                        .build()) {
            change.on(async.queue());
            return true;
        } catch (AsyncMigrationException e) {
            LOG.log(System.Logger.Level.DEBUG, "refused, or the database is away", e);
            return false;
        } catch (RuntimeException e) {
            findings.accept("an operator's command ended with " + e);
            return false;
        }
    }

    private Optional<String> unfinished(int ahead) {
        return version("status NOT IN ('SUCCEEDED', 'SKIPPED')", ahead);
    }

    private Optional<String> running() {
        return version("status = 'RUNNING'", 0);
    }

    private Optional<String> version(String which, int offset) {
        try (var own = look()) {
            return own.look(
                    "SELECT version FROM async_schema_migrations WHERE " + which + " ORDER BY id OFFSET " + offset
                            + " LIMIT 1",
                    row -> row.getString(1));
        }
    }

    private Database look() {
        return new Database(place.database().name(), place.postgres().port());
    }

    /** The person on call sees after a while what waits for a person, and does what was decided. */
    private void watch() {
        while (!closed) {
            try (var own = look()) {
                own.look(
                                """
                                SELECT m.version, m.status, m.reason, COALESCE((
                                    SELECT a.action
                                    FROM async_schema_actions a
                                    WHERE a.entry_id = m.id AND a.action IN ('cancel', 'retry')
                                    ORDER BY a.id DESC
                                    LIMIT 1), 'nothing') AS action
                                FROM async_schema_migrations m
                                WHERE m.status IN ('FAILED', 'PAUSED')
                                    AND m.status_since < clock_timestamp() - INTERVAL '500 milliseconds'
                                ORDER BY m.id""",
                                row -> new Waiting(
                                        row.getString(1), row.getString(2), row.getString(3), row.getString(4)))
                        .ifPresent(this::decide);
            }
            Pause.millis(200);
        }
    }

    private void decide(Waiting entry) {
        var version = entry.version();
        if (entry.status().equals("PAUSED")) {
            change(queue -> queue.resume(version, ME, "looked at"));
            return;
        }
        if (!entry.action().equals("cancel")) {
            findings.accept(version + " is FAILED, though nobody cancelled it: " + entry.reason() + ", after "
                    + entry.action());
        }
        if (toSkip.contains(version)) {
            change(queue -> queue.skip(version, ME, "not needed"));
        } else {
            change(queue -> queue.retry(version, ME, "after a look"));
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
