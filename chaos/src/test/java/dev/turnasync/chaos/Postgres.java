package dev.turnasync.chaos;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A PostgreSQL of our own that can crash and come back. Starts with the first test and ends with the JVM. */
final class Postgres {

    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final int port;
    private final Path data;
    private final Path control;
    private boolean running = true;
    private final Map<String, String> templates = new ConcurrentHashMap<>();

    private Postgres() throws IOException {
        this.port = freePort();
        this.data = TARGET.resolve("postgres-" + ProcessHandle.current().pid());
        // The library stops it when the JVM ends, and removes the directory.
        EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setPort(port)
                .setCleanDataDirectory(true)
                .start();
        this.control = control(data);
        Files.writeString(data.resolve("postgresql.conf"), """
                port = %d
                max_connections = 300
                fsync = off
                restart_after_crash = on
                """.formatted(port), StandardOpenOption.APPEND);
        stop("fast");
        start();
    }

    /** The server that all tests share. */
    static Postgres shared() {
        return Shared.POSTGRES;
    }

    private static final class Shared {
        private static final Postgres POSTGRES = make();

        private static Postgres make() {
            try {
                return new Postgres();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The program beside the one that runs. */
    private static Path control(Path data) throws IOException {
        var pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).trim();
        var postgres = ProcessHandle.of(Long.parseLong(pid))
                .flatMap(process -> process.info().command())
                .orElseThrow();
        return Path.of(postgres).resolveSibling("pg_ctl");
    }

    /** A program of this PostgreSQL, such as {@code initdb}. */
    Path program(String name) {
        return control.resolveSibling(name);
    }

    int port() {
        return port;
    }

    /** Stops like a power failure, as {@code immediate}, or otherwise. */
    synchronized void stop(String mode) {
        if (running) {
            control("stop", "-m", mode);
            running = false;
        }
    }

    synchronized void start() {
        if (!running) {
            control("start", "-l", TARGET.resolve("postgres.log").toString());
            running = true;
        }
    }

    private void control(String what, String... more) {
        var command = new ArrayList<>(List.of(control.toString(), "-D", data.toString(), "-w", what));
        command.addAll(List.of(more));
        Commands.run(Commands.notAsRoot(command));
    }

    /** A fresh database in which everything is migrated and queued. */
    Database database(RunnerOptions options) {
        var template = templates.computeIfAbsent(
                options.text("kind") + "_" + options.text("workload") + "_" + options.number("migrations"),
                name -> template(name, options));
        return create("run_" + NUMBERS.incrementAndGet(), "TEMPLATE " + template);
    }

    /** A fresh database with nothing in it. */
    Database empty() {
        return create("run_" + NUMBERS.incrementAndGet(), "");
    }

    private String template(String name, RunnerOptions options) {
        try (var database = create(name, "")) {
            database.execute(JOURNAL);
            RunnerKind.prepare(options.text("kind"), database.dataSource());
            RunnerMain.flyway(database.dataSource(), options).migrate();
        }
        return name;
    }

    private Database create(String name, String more) {
        try (var admin = new Database("postgres", port)) {
            admin.execute("CREATE DATABASE " + name + " " + more);
        }
        return new Database(name, port);
    }

    void drop(Database database) {
        database.close();
        try (var admin = new Database("postgres", port)) {
            admin.execute("DROP DATABASE " + database.name() + " WITH (FORCE)");
        }
    }

    /** What migrations write, and nobody can change afterwards. */
    private static final String JOURNAL = """
            CREATE TABLE journal (
                id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                migration INTEGER     NOT NULL,
                batch     INTEGER     NOT NULL,
                attempt   INTEGER     NOT NULL,
                worker    TEXT        NOT NULL,
                at        TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
                pid       INTEGER     NOT NULL DEFAULT pg_backend_pid(),
                txid      BIGINT      NOT NULL DEFAULT txid_current()
            );
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the journal is only appended to';
            END $$;
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
            FOR EACH STATEMENT EXECUTE FUNCTION refuse()""";
}
