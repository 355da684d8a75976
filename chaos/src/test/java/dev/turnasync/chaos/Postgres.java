package dev.turnasync.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A PostgreSQL of our own that can crash and come back. Ends with the JVM. */
final class Postgres {

    /** A user without special rights, who owns the databases whose workers are told to be it. */
    static final String APPLICATION = "app";

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Machine machine;
    private final Map<String, String> templates = new ConcurrentHashMap<>();

    private Postgres(Machine machine) {
        this.machine = machine;
        administer("CREATE ROLE " + APPLICATION + " LOGIN");
    }

    /** The server that most tests share. */
    static Postgres shared() {
        return Shared.POSTGRES;
    }

    /** A server for what runs beside others and disturbs all of its server; a standby can take its place. */
    static Postgres another() {
        return new Postgres(Replicated.alone());
    }

    private static final class Shared {
        private static final Postgres POSTGRES = new Postgres(EmbeddedMachine.get());
    }

    static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return machine.port();
    }

    /** The servers behind it; empty where there is but one, for good. */
    Optional<Replicated> servers() {
        return machine instanceof Replicated replicated ? Optional.of(replicated) : Optional.empty();
    }

    /** Where workers connect, through networks of their own. */
    int workersPort() {
        return servers().map(Replicated::primaryPort).orElseGet(this::port);
    }

    /** Stops like a power failure, as {@code immediate}, or otherwise. */
    void stop(String mode) {
        machine.stop(mode);
    }

    void start() {
        machine.start();
    }

    /** A fresh database in which everything is migrated and queued. */
    Database database(RunnerOptions options) {
        var template = templates.computeIfAbsent(
                String.join("_", options.text("kind"), options.text("workload"), options.user(), options.queued()),
                name -> template(name, options));
        return create("run_" + NUMBERS.incrementAndGet(), "TEMPLATE " + template + " OWNER " + options.user());
    }

    /** A fresh database with nothing in it. */
    Database empty() {
        return create("run_" + NUMBERS.incrementAndGet(), "");
    }

    private String template(String name, RunnerOptions options) {
        create(name, "OWNER " + options.user()).close();
        try (var database = new Database(name, port(), options.user())) {
            database.execute(JOURNAL);
            database.execute(BodyFaults.TABLE);
            database.execute(HiddenSessions.VIEW);
            RunnerKind.prepare(options.text("kind"), database.dataSource());
            RunnerMain.flyway(database.dataSource(), options.with("migrations", options.queued()))
                    .migrate();
        }
        return name;
    }

    private Database create(String name, String more) {
        administer("CREATE DATABASE " + name + " " + more);
        return new Database(name, port());
    }

    void drop(Database database) {
        database.close();
        administer("DROP DATABASE " + database.name() + " WITH (FORCE)");
    }

    /** Does something to the whole server, as its superuser. */
    void administer(String sql) {
        try (var admin = new Database("postgres", port())) {
            admin.execute(sql);
        }
    }

    /** What migrations write, and nobody can change afterwards. */
    static final String JOURNAL = """
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
