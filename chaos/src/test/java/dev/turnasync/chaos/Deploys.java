package dev.turnasync.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;

/**
 * Deploys whose {@code migrate} queues the last migrations of a run while the first are worked on. Safe for use by many threads, one
 * of which deploys at a time.
 */
final class Deploys implements AutoCloseable {

    /** More messages than a {@code migrate} of some versions sends. */
    private static final int MESSAGES = 130;

    private static final int AT_A_TIME = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final System.Logger LOG = System.getLogger(Deploys.class.getName());

    private final Scene.Place place;
    private final int all;
    private final List<Runner> processes = new ArrayList<>();
    private int deployed;

    Deploys(Scene.Place place) {
        this.place = place;
        this.all = place.options().number("migrations");
        this.deployed = Integer.parseInt(place.options().queued());
    }

    static void killMigrate(Scene scene) {
        var message = scene.random().nextInt(1, MESSAGES);
        var arrives = scene.random().nextBoolean();
        scene.later(
                Duration.ZERO, () -> scene.deploys().killed(message, arrives).ifPresent(scene::finding));
    }

    /** Deploys some more, is killed at a message, and repeated; returns what is wrong. */
    private synchronized Optional<String> killed(int message, boolean arrives) {
        deployed = Math.min(all, deployed + AT_A_TIME);
        var process = Runner.start(
                place.options().with("task", "migrate").with("migrations", deployed),
                place.database().name(),
                place.postgres().port(),
                Path.of(place.fleet().logs().toString(), "migrate-" + (processes.size() + 1) + ".log"));
        processes.add(process);
        process.network().requests().endAt(message, arrives, process::kill);
        if (!process.ended((int) PATIENCE.toSeconds())) {
            process.kill();
            return Optional.of("a migrate did not end, and was to be killed at message " + message);
        }
        LOG.log(
                System.Logger.Level.INFO,
                "a migrate ended at message {0}",
                process.network().requests().counted());
        return migrate(deployed);
    }

    /** Deploys all there is; returns what is wrong. */
    synchronized Optional<String> finish() {
        deployed = all;
        return migrate(all);
    }

    /** As a pipeline does: again, where it fails; returns what is wrong when it always does. */
    private Optional<String> migrate(int versions) {
        var until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (var own = new Database(
                    place.database().name(),
                    place.postgres().port(),
                    place.options().user())) {
                RunnerMain.flyway(own.dataSource(), place.options().with("migrations", versions))
                        .migrate();
                return Optional.empty();
            } catch (FlywayException e) {
                LOG.log(System.Logger.Level.DEBUG, "a migrate failed, and is repeated", e);
                if (System.nanoTime() > until) {
                    return Optional.of("migrate fails for good: " + e.getMessage());
                }
            }
        }
    }

    @Override
    public synchronized void close() {
        processes.forEach(Runner::close);
    }
}
