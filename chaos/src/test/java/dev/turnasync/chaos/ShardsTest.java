package dev.turnasync.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.ShardResult.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.QueueReport;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Many shards are drained side by side while two of their databases close and come back. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ShardsTest {

    private static final int AT_ONCE = 4;

    /** One that runs migrations and one that keeps the lease. */
    private static final int CONNECTIONS_OF_A_WORKER = 2;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void drainsAFew() {
        drains(12, 6);
    }

    @Tag("chaos")
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void drainsMany() {
        drains(Integer.getInteger("chaos.shards", 60), 20);
    }

    private static void drains(int count, int entries) {
        try (var fleet = new ShardFleet(Postgres.shared(), count, entries);
                var shards = fleet.shards().atOnce(AT_ONCE).build()) {
            var migrated = timed("migrate", count, shards::migrate);
            assertThat(migrated.verdict()).as(migrated.toString()).isEqualTo(Outcome.DONE);

            fleet.connections().forgetMost();
            var sampler = Sampler.start(fleet);
            var first = timed("drain", count, shards::drain);
            var sampled = sampler.stop();

            assertThat(first.shards(Outcome.UNREACHABLE)).isEqualTo(ShardFleet.FRAGILE);
            assertThat(first.shards(Outcome.DONE)).hasSize(count - ShardFleet.FRAGILE.size());
            assertThat(first.values().values())
                    .extracting(DrainResult::succeeded)
                    .containsOnly(entries);
            assertThat(fleet.mostInside()).isBetween(2, AT_ONCE);
            assertThat(fleet.connections().most()).isLessThanOrEqualTo(AT_ONCE * CONNECTIONS_OF_A_WORKER);
            assertThat(fleet.connections().open()).isZero();
            System.out.println("shards: at most " + fleet.mostInside() + " entries and "
                    + fleet.connections().most() + " connections at once; the server had at most " + sampled);
            // A session that the client has closed is listed until the server has ended it.
            assertThat(sampled).isBetween(1, 2 * AT_ONCE * CONNECTIONS_OF_A_WORKER);

            fleet.reopen();
            await().atMost(PATIENCE)
                    .until(() -> timed("drain again", count, shards::drain).isWell());
            var inOrder = IntStream.rangeClosed(1, entries).boxed().toList();
            assertThat(fleet.journals().values()).hasSize(count).containsOnly(inOrder);

            var checked = timed("check", count, shards::check);
            assertThat(checked.verdict()).as(checked.toString()).isEqualTo(Outcome.DONE);
            assertThat(checked.values().values()).hasSize(count).allMatch(QueueReport::isHealthy);
            timed("list", count, shards::list);
            timed("check again", count, shards::check);
        }
    }

    private static <T> T timed(String what, int count, Supplier<T> work) {
        var begun = System.nanoTime();
        var result = work.get();
        var took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        System.out.println("shards: " + what + " over " + count + " took " + took + " ms");
        return result;
    }

    /** Looks again and again at how many sessions the server has. */
    private static final class Sampler {

        private final Thread thread;
        private volatile boolean stopped;
        private volatile int most;

        private Sampler(ShardFleet fleet) {
            this.thread = new Thread(() -> look(fleet), "sampler");
        }

        static Sampler start(ShardFleet fleet) {
            var sampler = new Sampler(fleet);
            sampler.thread.start();
            return sampler;
        }

        private void look(ShardFleet fleet) {
            try (var own = fleet.observer()) {
                while (!stopped) {
                    most = Math.max(most, fleet.sessions(own));
                }
            }
        }

        int stop() {
            stopped = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return most;
        }
    }
}
