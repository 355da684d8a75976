package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A transaction pooler in front of the database. */
final class PgBouncer implements AutoCloseable {

    private static final Path PROGRAM = Path.of("/usr/sbin/pgbouncer");

    private final int port = Postgres.freePort();
    private final Process process;

    PgBouncer(int upstream) {
        var directory = Path.of("target", "pgbouncer-" + port).toAbsolutePath();
        var settings = directory.resolve("pgbouncer.ini");
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("users.txt"), "\"postgres\" \"\"\n\"app\" \"\"\n");
            Files.writeString(settings, """
                    [databases]
                    * = host=127.0.0.1 port=%d
                    [pgbouncer]
                    listen_addr = 127.0.0.1
                    listen_port = %d
                    unix_socket_dir =
                    auth_type = trust
                    auth_file = %s
                    pool_mode = transaction
                    max_client_conn = 300
                    default_pool_size = 30
                    server_login_retry = 0.2
                    ignore_startup_parameters = extra_float_digits
                    """.formatted(upstream, port, directory.resolve("users.txt")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.process = Commands.start(
                Commands.notAsRoot(List.of(PROGRAM.toString(), settings.toString())),
                Map.of(),
                directory.resolve("log"));
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        await("PgBouncer").until(this::answers);
    }

    static boolean isInstalled() {
        return Files.isExecutable(PROGRAM);
    }

    int port() {
        return port;
    }

    private boolean answers() {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
