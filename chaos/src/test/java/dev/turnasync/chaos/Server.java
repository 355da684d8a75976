package dev.turnasync.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** One PostgreSQL server with a data directory of its own. Its programs are those of the embedded one. */
final class Server implements AutoCloseable {

    private final Path data;
    private final int port = Postgres.freePort();
    private boolean running;

    private Server(Path data) {
        this.data = data;
    }

    /** A new, empty server, up and ready to be followed by a standby. */
    static Server create(Path data) {
        var server = new Server(data);
        server.program("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
        server.configure("""
                listen_addresses = 'localhost'
                unix_socket_directories = ''
                max_connections = 300
                fsync = off
                wal_keep_size = '64MB'
                hot_standby = on
                """);
        server.configure("port = " + server.port);
        server.start();
        return server;
    }

    /** A copy of this server while it runs, which follows it over the network at a port, and answers what only reads. */
    Server standby(Path copy, int upstream) {
        var standby = new Server(copy);
        try (var backup = new Database("postgres", port)) {
            backup.list("SELECT pg_backup_start('standby', TRUE)::TEXT", row -> row.getString(1));
            Commands.run(List.of("cp", "-a", data.toString(), copy.toString()));
            var label = backup.list("SELECT labelfile FROM pg_backup_stop(FALSE)", row -> row.getString(1));
            Files.deleteIfExists(copy.resolve("postmaster.pid"));
            Files.writeString(copy.resolve("backup_label"), label.get(0));
            Files.createFile(copy.resolve("standby.signal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        standby.configure("""
                port = %d
                primary_conninfo = 'host=localhost port=%d user=postgres'
                wal_retrieve_retry_interval = '100ms'
                """.formatted(standby.port, upstream));
        standby.start();
        return standby;
    }

    int port() {
        return port;
    }

    /** Makes a standby accept writes. */
    void promote() {
        control("promote");
    }

    synchronized void start() {
        if (!running) {
            control(
                    "start",
                    "-l",
                    data.resolveSibling(data.getFileName() + ".log").toString());
            running = true;
        }
    }

    /** Stops like a power failure, as {@code immediate}, or otherwise. */
    synchronized void stop(String mode) {
        if (running) {
            control("stop", "-m", mode);
            running = false;
        }
    }

    private void control(String what, String... more) {
        var arguments = new ArrayList<>(List.of("-w", what));
        arguments.addAll(List.of(more));
        program("pg_ctl", arguments.toArray(String[]::new));
    }

    private void program(String name, String... arguments) {
        var command =
                new ArrayList<>(List.of(EmbeddedMachine.get().program(name).toString(), "-D", data.toString()));
        command.addAll(List.of(arguments));
        Commands.run(Commands.notAsRoot(command));
    }

    private void configure(String lines) {
        try {
            Files.writeString(data.resolve("postgresql.conf"), lines + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stop("immediate");
        Commands.run(List.of("rm", "-rf", data.toString()));
    }
}
