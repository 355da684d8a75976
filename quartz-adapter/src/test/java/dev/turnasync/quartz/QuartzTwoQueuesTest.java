package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quartz.Trigger.TriggerState;

/** Two histories in one schema, each with its queue, on one scheduler. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QuartzTwoQueuesTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private static AsyncMigrationsBuilder queue(TestDatabase database, String table, JavaMigration migration) {
        var flyway = Flyway.configure()
                .dataSource(database.dataSource())
                .locations("classpath:dev/turnasync/nothing")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .table(table)
                .javaMigrations(migration)
                .load();
        flyway.migrate();
        return AsyncMigrations.builder(flyway)
                .watchEvery(Duration.ofMillis(200))
                .leaveShutdownToApplication();
    }

    private static EntryStatus status(AsyncMigrations async) {
        return async.queue().find("1").orElseThrow().status();
    }

    @Test
    void doNotWaitForEachOther() throws Exception {
        var goOn = new CountDownLatch(1);
        try (var database = TestDatabase.fresh();
                var schedulers = Schedulers.clustered(database);
                var shop = queue(database, "shop_history", Script.async("1", context -> goOn.await()))
                        .build();
                var stock = queue(database, "stock_history", Script.async("1", context -> {}))
                        .build()) {
            var scheduler = schedulers.make();
            var one = QuartzNode.start(shop, scheduler);
            await().atMost(SOON).until(() -> status(shop), EntryStatus.RUNNING::equals);
            var two = QuartzNode.start(stock, scheduler);

            await().atMost(SOON).until(() -> status(stock), EntryStatus.SUCCEEDED::equals);
            assertThat(status(shop)).isEqualTo(EntryStatus.RUNNING);
            two.adapter().close();
            goOn.countDown();
            await().atMost(SOON).until(() -> status(shop), EntryStatus.SUCCEEDED::equals);
            assertThat(one.state("sweep")).isEqualTo(TriggerState.NORMAL);
            assertThat(two.state("sweep")).isEqualTo(TriggerState.NORMAL);
            assertThat(scheduler.getJobDetail(one.job()).getJobDataMap()).containsValue(shop.queueName());
            assertThat(scheduler.getJobDetail(two.job()).getJobDataMap()).containsValue(stock.queueName());
            one.adapter().close();
        }
    }
}
