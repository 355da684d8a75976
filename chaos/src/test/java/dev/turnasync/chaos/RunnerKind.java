package dev.turnasync.chaos;

import dev.turnasync.AsyncMigrations;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/** What drains the queue in a runner process. */
interface RunnerKind extends AutoCloseable {

    /** Every kind there is; another one is added here and in {@link #start}. */
    List<String> ALL = List.of("thread", "jobrunr", "quartz");

    /** What a kind works with. */
    record Node(AsyncMigrations async, DataSource dataSource, RunnerOptions options) {}

    /** Starts to drain whenever there is something to do. */
    static RunnerKind start(Node node) {
        return switch (node.options().text("kind")) {
            case "thread" -> new ThreadKind(node.async());
            case "jobrunr" -> new JobRunrKind(node);
            case "quartz" -> QuartzKind.start(node);
            default -> throw new IllegalArgumentException(node.options().text("kind"));
        };
    }

    /** How long a kind may take to start work that is due. */
    static Duration wakesWithin(String kind) {
        return kind.equals("thread") ? Duration.ZERO : Duration.ofSeconds(1);
    }

    /** Makes what the kind needs in the database, when the database is made. */
    static void prepare(String kind, DataSource dataSource) {
        if (kind.equals("jobrunr")) {
            JobRunrKind.createTables(dataSource);
        } else if (kind.equals("quartz")) {
            QuartzKind.createTables(dataSource);
        }
    }

    /** Stops, and closes {@code async} where its place in the order of stopping is. */
    @Override
    void close();
}
