package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A primary that may have an asynchronous standby, behind one address that follows a failover:
 *
 * <ol>
 *   <li>{@link #holdBack}: from now on nothing reaches the standby, and the primary commits as before.
 *   <li>{@link #failOver}: the primary loses its power and the standby takes its place; all since is lost.
 *   <li>{@link #addStandby}: a new standby follows the new primary, and it may begin again.
 * </ol>
 */
final class Replicated implements Machine, AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Path directory = Path.of(
                    "target", "replicated-" + ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet())
            .toAbsolutePath();
    private int servers;
    private Server primary;
    private @Nullable Server standby;
    private final TcpProxy address;
    private TcpProxy stream;

    private Replicated() {
        Commands.run(List.of("mkdir", "-p", directory.toString()));
        this.primary = Server.create(nextData());
        this.address = new TcpProxy(primary.port());
        this.stream = new TcpProxy(primary.port());
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    }

    /** Starts both. */
    static Replicated withStandby() {
        var servers = new Replicated();
        servers.addStandby();
        return servers;
    }

    /** Starts a primary, which can have a standby later. */
    static Replicated alone() {
        return new Replicated();
    }

    private Path nextData() {
        return directory.resolve("server-" + ++servers);
    }

    /** The port of the address, which leads to whichever is the primary. */
    @Override
    public int port() {
        return address.port();
    }

    /** The port of the present primary itself, without the address. */
    int primaryPort() {
        return primary.port();
    }

    /** A fresh database with nothing in it. */
    Database database(String name) {
        try (var admin = new Database("postgres", primary.port())) {
            admin.execute("CREATE DATABASE " + name);
        }
        return new Database(name, address.port());
    }

    /** Waits until the standby has all that was committed until now. */
    void awaitStandby() {
        try (var source = new Database("postgres", primary.port());
                var copy = new Database("postgres", standby().port())) {
            var end = source.list("SELECT pg_current_wal_lsn()::TEXT", row -> row.getString(1))
                    .get(0);
            await("the standby")
                    .atMost(PATIENCE)
                    .until(() -> copy.look(
                                    "SELECT COALESCE(pg_last_wal_replay_lsn() >= CAST(? AS PG_LSN), FALSE)",
                                    row -> row.getBoolean(1),
                                    end)
                            .orElse(false));
        }
    }

    /** Cuts the stream to the standby; the primary does not mind. */
    void holdBack() {
        stream.mode(TcpProxy.Mode.CUT);
    }

    /** Lets the standby catch up. */
    void letGo() {
        stream.mode(TcpProxy.Mode.PASS);
    }

    /** The primary loses its power, and the standby takes its place at the address with what it has. */
    void failOver() {
        primary.stop("immediate");
        standby().promote();
        address.upstream(standby().port());
        primary.close();
        primary = standby();
        standby = null;
        try (var now = new Database("postgres", primary.port())) {
            await("the promotion")
                    .atMost(PATIENCE)
                    .until(() -> now.number("SELECT CAST(pg_is_in_recovery() AS INT)") == 0);
        }
    }

    private Server standby() {
        return Objects.requireNonNull(standby, "there is no standby");
    }

    /** Makes a standby of the present primary, which has none. */
    void addStandby() {
        stream.close();
        stream = new TcpProxy(primary.port());
        standby = primary.standby(nextData(), stream.port());
    }

    /** Of the primary alone. */
    @Override
    public void stop(String mode) {
        primary.stop(mode);
    }

    @Override
    public void start() {
        primary.start();
    }

    private void stop() {
        if (standby != null) {
            standby.stop("immediate");
        }
        primary.stop("immediate");
    }

    @Override
    public void close() {
        stop();
        stream.close();
        address.close();
        Commands.run(List.of("rm", "-rf", directory.toString()));
    }
}
