package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.awaitility.core.ConditionTimeoutException;

/**
 * What an event happens to. Its second halves, such as waking a frozen process, come later, on threads of their own; what they draw is
 * drawn before, so that the seed decides. For use by one thread otherwise.
 */
final class Scene implements AutoCloseable {

    /** Something that is done on a connection of its own. */
    @FunctionalInterface
    interface Work {
        void on(Connection connection) throws SQLException;
    }

    /** Where it happens. */
    record Place(RunnerOptions options, Postgres postgres, Database database, Fleet fleet) {}

    private static final System.Logger LOG = System.getLogger(Scene.class.getName());
    private static final int AT_ONCE = 12;

    /** After so long any runner will do. */
    private static final Duration NOBODY_WORKS = Duration.ofSeconds(8);

    private final Place place;
    private final RandomGenerator random;
    private final Deploys deploys;
    private final Operators operators;
    private final Queue<String> findings = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(AT_ONCE);
    private final Queue<Future<?>> pending = new ConcurrentLinkedQueue<>();

    Scene(Place place, RandomGenerator random) {
        this.place = place;
        this.random = random;
        this.deploys = new Deploys(place);
        this.operators = new Operators(place, findings::add);
    }

    Place place() {
        return place;
    }

    Fleet fleet() {
        return place.fleet();
    }

    RandomGenerator random() {
        return random;
    }

    Deploys deploys() {
        return deploys;
    }

    Operators operators() {
        return operators;
    }

    /** Reports what is wrong and cannot be seen at the end. May be called by any thread. */
    void finding(String text) {
        findings.add(text);
    }

    List<String> findings() {
        return List.copyOf(findings);
    }

    /** The runner that works, once there is one; else any. */
    Runner leader() {
        try {
            return await().atMost(NOBODY_WORKS)
                    .pollInterval(Duration.ofMillis(10))
                    .until(fleet()::leader, Optional::isPresent)
                    .orElseThrow();
        } catch (ConditionTimeoutException e) {
            return fleet().random(random);
        }
    }

    Duration lease() {
        return Duration.ofMillis(place.options().number("lease"));
    }

    /** Longer than the lease, so that mostly somebody takes over, who may have to be woken first. */
    Duration beyondLease() {
        var wakes = RunnerKind.wakesWithin(place.options().text("kind"));
        return lease().plusMillis(random.nextInt(500, 2_000 + (int) wakes.toMillis()));
    }

    /** From a part of the lease to more than all of it. */
    Duration aboutLease() {
        var millis = (int) lease().toMillis();
        return between(millis / 5, millis * 5 / 2);
    }

    /** Milliseconds of a random length. */
    Duration between(int least, int most) {
        return Duration.ofMillis(random.nextInt(least, most));
    }

    void later(Duration delay, Runnable work) {
        pending.add(clock.schedule(work, delay.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Does something at once, which may take long, and may fail since other things go wrong at the same time. */
    void aside(String what, Work work) {
        later(Duration.ZERO, () -> {
            try (var connection = place.database().dataSource().getConnection()) {
                work.on(connection);
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, what, e);
            }
        });
    }

    /** Waits for all second halves. */
    void settle() {
        for (var next = pending.poll(); next != null; next = pending.poll()) {
            try {
                next.get();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        settle();
        operators.close();
        deploys.close();
        clock.shutdownNow();
    }
}
