package dev.turnasync.chaos;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The embedded PostgreSQL, which brings the programs. Starts with the first test and ends with the JVM. */
final class EmbeddedMachine implements Machine {

    private static final Path TARGET = Path.of("target").toAbsolutePath();

    private final int port = Postgres.freePort();
    private final Path data =
            TARGET.resolve("postgres-" + ProcessHandle.current().pid());
    private final Path control;
    private boolean running = true;

    private EmbeddedMachine() throws IOException {
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

    static EmbeddedMachine get() {
        return Only.MACHINE;
    }

    private static final class Only {
        private static final EmbeddedMachine MACHINE = make();

        private static EmbeddedMachine make() {
            try {
                return new EmbeddedMachine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
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

    @Override
    public int port() {
        return port;
    }

    @Override
    public synchronized void stop(String mode) {
        if (running) {
            control("stop", "-m", mode);
            running = false;
        }
    }

    @Override
    public synchronized void start() {
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
}
