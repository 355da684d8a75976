package dev.turnasync.chaos;

import dev.turnasync.jdbc.Jdbc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.flywaydb.core.api.configuration.Configuration;

/** What bodies do that should not: an attempt that comes upon a trap goes into it. */
final class BodyFaults {

    /** What a body does in a trap. */
    enum Trap {
        /** Reads from a socket on which nobody writes. */
        HANG,
        /** Ends its JVM. */
        EXIT
    }

    /** Where the traps are. */
    static final String TABLE = """
            CREATE TABLE trap (
                id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                kind   TEXT NOT NULL,
                worker TEXT
            )""";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How long a hung or exiting body may keep its entry after somebody wanted it to end. */
    private static final Duration BOUND = Duration.ofSeconds(60);

    private BodyFaults() {}

    /** Of the body: goes into a trap when there is one, which is then no trap any more. */
    static void fall(Configuration configuration, String worker) throws SQLException, IOException {
        Optional<String> kind;
        try (var own = configuration.getDataSource().getConnection()) {
            kind = Jdbc.first(own, """
                    UPDATE trap
                    SET worker = ?
                    WHERE id = (SELECT min(id) FROM trap WHERE worker IS NULL)
                    RETURNING kind""", row -> row.getString(1), worker);
        }
        if (kind.isPresent()) {
            switch (Trap.valueOf(kind.get())) {
                case EXIT -> System.exit(1);
                case HANG -> hang();
            }
        }
    }

    private static void hang() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
            if (socket.getInputStream().read() >= 0) {
                throw new IllegalStateException("nobody writes here");
            }
        }
    }

    static void hang(Scene scene) {
        var deploys = scene.random().nextBoolean();
        var after = scene.between(100, 3_000);
        scene.later(
                Duration.ZERO,
                () -> trapped(scene, Trap.HANG).ifPresent(runner -> {
                    scene.later(after, () -> end(scene, runner, deploys));
                }));
    }

    /** By a cancel, and a deploy of the worker whose thread is lost; or by that deploy alone. */
    private static void end(Scene scene, Runner runner, boolean deploys) {
        var version = running(scene, runner);
        if (!deploys && version.isPresent()) {
            scene.operators().cancel(version.get());
            awaitSettled(scene, runner, version.get());
        }
        runner.terminate();
        scene.fleet().replace();
        version.ifPresent(entry -> awaitSettled(scene, runner, entry));
    }

    static void exit(Scene scene) {
        scene.later(
                Duration.ZERO,
                () -> trapped(scene, Trap.EXIT).ifPresent(runner -> {
                    runner.endsByItself();
                    if (!runner.ended((int) BOUND.toSeconds())) {
                        scene.finding(runner.worker() + " did not end though a body called System.exit");
                        runner.kill();
                    }
                    scene.fleet().replace();
                }));
    }

    /** Sets a trap and returns who went into it. */
    private static Optional<Runner> trapped(Scene scene, Trap trap) {
        var place = scene.place();
        try (var own = new Database(place.database().name(), place.postgres().port())) {
            var set = until(
                    PATIENCE,
                    () -> own.look(
                            "INSERT INTO trap (kind) VALUES (?) RETURNING id", row -> row.getLong(1), trap.name()));
            var worker = set.flatMap(id -> until(
                    PATIENCE,
                    () -> own.look(
                            "SELECT worker FROM trap WHERE id = ? AND worker IS NOT NULL",
                            row -> row.getString(1),
                            id)));
            return worker.flatMap(place.fleet()::byName);
        }
    }

    private static Optional<String> running(Scene scene, Runner runner) {
        var place = scene.place();
        try (var own = new Database(place.database().name(), place.postgres().port())) {
            return own.look(
                    "SELECT version FROM async_schema_migrations WHERE status = 'RUNNING' AND worker = ?",
                    row -> row.getString(1),
                    runner.worker());
        }
    }

    private static void awaitSettled(Scene scene, Runner runner, String version) {
        var settled = until(BOUND, () -> running(scene, runner).isEmpty() ? Optional.of(version) : Optional.empty());
        if (settled.isEmpty()) {
            scene.finding("entry " + version + ", whose body hangs, is not settled within " + BOUND);
        }
    }

    /** Asks again and again. */
    private static <T> Optional<T> until(Duration patience, Supplier<Optional<T>> question) {
        var until = System.nanoTime() + patience.toNanos();
        while (true) {
            var answer = question.get();
            if (answer.isPresent() || System.nanoTime() > until) {
                return answer;
            }
            Pause.millis(50);
        }
    }
}
