package dev.turnasync.sample;

import dev.turnasync.api.RetryPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.logging.LogManager;
import org.postgresql.ds.PGSimpleDataSource;

/** The process of a {@link FleetNode}. */
public final class NodeMain {

    static final String READY = "ready";
    static final String URL = "TURNASYNC_SAMPLE_URL";
    static final String USER = "TURNASYNC_SAMPLE_USER";
    static final String PASSWORD = "TURNASYNC_SAMPLE_PASSWORD";

    /** A tenth of the default, since nobody wants to watch a sample wait for half a minute. */
    private static final Duration LEASE = Duration.ofSeconds(3);

    /** By default the second death in a row makes an entry wait for a person. Here the deaths are not its fault. */
    private static final int DEATHS = 100;

    private NodeMain() {}

    /**
     * Works on the queue until standard input ends.
     *
     * @param arguments name, release, worker
     * @throws Exception if the node cannot start or stop
     */
    public static void main(String... arguments) throws Exception {
        try (var settings = NodeMain.class.getResourceAsStream("/logging.properties")) {
            LogManager.getLogManager().readConfiguration(settings);
        }
        var database = new PGSimpleDataSource();
        database.setUrl(System.getenv(URL));
        database.setUser(System.getenv(USER));
        Optional.ofNullable(System.getenv(PASSWORD)).ifPresent(database::setPassword);
        var flyway =
                Deploy.configuration(Release.valueOf(arguments[1]), database).load();
        var choice = new Choice(0, WorkerKind.valueOf(arguments[2]), false, 0, false);
        try (var node = Node.of(
                flyway,
                database,
                choice,
                options -> options.workerId(arguments[0])
                        .leaseFor(LEASE)
                        .retryPolicy(RetryPolicy.ofDefaults().withMaxWorkerDeaths(DEATHS)))) {
            node.start();
            System.out.println(READY);
            while (System.in.read() >= 0) {
                // whatever it is, it is not the end
            }
        }
        System.exit(0);
    }
}
