package dev.turnasync.chaos;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What happens to the database, and on it. */
final class ServerFaults {

    private static final System.Logger LOG = System.getLogger(ServerFaults.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How often something is tried while the server may be away. */
    private static final int TRIES = 100;

    /** The server's own connections aside, this many may be open at a time while somebody takes them all. */
    private static final int CONNECTIONS = 20;

    /** All that a worker reads or writes. */
    private static final List<String> TABLES = List.of(
            "async_schema_lease",
            "async_schema_migrations",
            "async_schema_attempts",
            "async_schema_checkpoints",
            "async_schema_progress",
            "async_schema_requests",
            "async_schema_actions",
            "async_schema_version",
            "flyway_schema_history");

    private ServerFaults() {}

    static void endRunSession(Scene scene) {
        endSessions(scene.place(), "application_name LIKE 'turnasync:%'");
    }

    static void endLeaseSession(Scene scene) {
        endSessions(scene.place(), "application_name = '" + scene.leader().worker() + "'");
    }

    static void endAllSessions(Scene scene) {
        endSessions(scene.place(), "TRUE");
    }

    static void crash(Scene scene) {
        scene.place().postgres().stop("immediate");
        scene.later(scene.between(100, 1_000), scene.place().postgres()::start);
    }

    /** One of the tables or all; somebody may wait for the lock himself, and all others behind him. */
    static void lockTables(Scene scene) {
        var tables = drawn(scene, TABLES.size());
        var seconds = scene.aboutLease().toMillis() / 1_000.0;
        scene.aside("lock " + tables, connection -> {
            connection.setAutoCommit(false);
            execute(connection, "SET LOCAL lock_timeout = '5s'");
            execute(connection, "LOCK TABLE " + String.join(", ", tables) + " IN ACCESS EXCLUSIVE MODE");
            execute(connection, "SELECT pg_sleep(" + seconds + ")");
            connection.rollback();
        });
    }

    static void vacuumFull(Scene scene) {
        var tables = drawn(scene, 2);
        scene.aside("vacuum " + tables, connection -> {
            execute(connection, "SET lock_timeout = '5s'");
            for (var table : tables) {
                execute(connection, "VACUUM (FULL) " + table);
            }
        });
    }

    private static List<String> drawn(Scene scene, int most) {
        if (scene.random().nextBoolean()) {
            return List.of(TABLES.get(scene.random().nextInt(TABLES.size())));
        }
        var first = scene.random().nextInt(TABLES.size() - most + 1);
        return TABLES.subList(first, first + most);
    }

    /** Sessions know it from their start, so they are ended at both ends. */
    static void readOnly(Scene scene) {
        var place = scene.place();
        forAWhile(
                scene,
                "ALTER DATABASE " + place.database().name() + " SET default_transaction_read_only = on",
                "ALTER DATABASE " + place.database().name() + " RESET default_transaction_read_only");
        scene.later(Duration.ZERO, () -> endSessions(place, "TRUE"));
    }

    static void noLogin(Scene scene) {
        var all = scene.random().nextBoolean();
        forAWhile(
                scene,
                "ALTER ROLE " + Postgres.APPLICATION + " NOLOGIN",
                "ALTER ROLE " + Postgres.APPLICATION + " LOGIN");
        endSessions(scene.place(), all ? "TRUE" : "random() < 0.5");
    }

    static void takeConnections(Scene scene) {
        var place = scene.place();
        var limit = "ALTER DATABASE " + place.database().name() + " CONNECTION LIMIT ";
        var time = scene.between(300, 3_000);
        patiently(place.postgres(), limit + CONNECTIONS);
        if (scene.random().nextBoolean()) {
            endSessions(place, "random() < 0.7");
        }
        scene.later(Duration.ZERO, () -> {
            take(place, System.nanoTime() + time.toNanos());
            patiently(place.postgres(), limit + "-1");
        });
    }

    /** Takes each connection as soon as it can be had, until some moment. */
    private static void take(Scene.Place place, long until) {
        var taken = new ArrayList<Connection>();
        var source = new Database(place.database().name(), place.postgres().port(), Postgres.APPLICATION).dataSource();
        while (System.nanoTime() < until) {
            try {
                taken.add(source.getConnection());
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "all are taken", e);
                Pause.millis(10);
            }
        }
        taken.forEach(ServerFaults::close);
    }

    private static void forAWhile(Scene scene, String begin, String end) {
        var place = scene.place();
        patiently(place.postgres(), begin);
        scene.later(scene.between(300, 3_000), () -> {
            patiently(place.postgres(), end);
            endSessions(place, "TRUE");
        });
    }

    /** The server may be away when it is to be set right again. */
    private static void patiently(Postgres postgres, String sql) {
        var until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                postgres.administer(sql);
                return;
            } catch (IllegalStateException e) {
                if (System.nanoTime() > until) {
                    throw e;
                }
                Pause.millis(100);
            }
        }
    }

    /** Those of the application, and of who operates it; on a connection of its own. */
    private static void endSessions(Scene.Place place, String which) {
        try (var own = new Database(place.database().name(), place.postgres().port())) {
            var sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND usename = '" + Postgres.APPLICATION + "' AND " + which;
            for (var i = 0; i < TRIES && own.number(sql) < 0; i++) {
                Pause.millis(100);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "it was broken", e);
        }
    }
}
