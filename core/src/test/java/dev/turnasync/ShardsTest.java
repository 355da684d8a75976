package dev.turnasync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.ShardResult.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Outage;
import dev.turnasync.fixture.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShardsTest {

    private final Map<String, Deployment> deployed = new LinkedHashMap<>();
    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void drop() {
        deployed.values().forEach(Deployment::close);
    }

    /** A database of its own, in which two migrations note that they ran. */
    private Deployment deploy(String id) {
        return deploy(id, context -> ran.add(id + "/1"));
    }

    private Deployment deploy(String id, Script.Body first) {
        var build = Deployment.of(Script.async("1", first), Script.async("2", context -> ran.add(id + "/2")));
        deployed.put(id, build);
        return build;
    }

    private ShardsBuilder builder(String... ids) {
        for (var id : ids) {
            if (!deployed.containsKey(id)) {
                deploy(id);
            }
        }
        var builder = Shards.builder()
                .options((id, async) -> async.retryPolicy(Deployment.AT_ONCE).stopGrace(Duration.ofMillis(100)));
        deployed.forEach((id, build) -> builder.add(id, build.flyway()));
        return builder;
    }

    /** Shards that are never connected to. */
    private static ShardsBuilder offline(String... ids) {
        var builder = Shards.builder();
        for (var id : ids) {
            builder.add(id, () -> {
                throw new IllegalStateException(id + " is not to be opened");
            });
        }
        return builder;
    }

    private static Flyway nowhere() {
        return Flyway.configure()
                .dataSource("jdbc:postgresql://localhost:1/nowhere", "nobody", "")
                .load();
    }

    @Test
    void migrateAndDrainEachInOrder() {
        try (var shards = builder("eu-1", "us-1", "ap-1").build()) {
            var migrated = shards.migrate();
            assertThat(migrated.isWell()).isTrue();
            assertThat(migrated.values().values())
                    .allSatisfy(result -> assertThat(result.migrationsExecuted).isEqualTo(2));

            var drained = shards.drain();

            assertThat(drained.values().keySet()).containsExactly("eu-1", "us-1", "ap-1");
            assertThat(drained.values().values())
                    .extracting(DrainResult::succeeded)
                    .containsExactly(2, 2, 2);
            assertThat(drained.verdict()).isEqualTo(Outcome.DONE);
            assertThat(shards.ids()).allSatisfy(id -> assertThat(ran).containsSubsequence(id + "/1", id + "/2"));
            assertThat(ran).hasSize(6);
            assertThat(shards.check().values().values()).allMatch(QueueReport::isHealthy);
            assertThat(shards.list().values().get("us-1"))
                    .extracting(entry -> entry.status())
                    .containsExactly(EntryStatus.SUCCEEDED, EntryStatus.SUCCEEDED);
        }
        // The server takes a moment to end the session of a connection that was closed.
        await().untilAsserted(() -> assertThat(deployed.values())
                .allSatisfy(build -> assertThat(sessions(build.database())).isZero()));
    }

    private static long sessions(TestDatabase database) {
        return (Long) database.column("""
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend'
                  AND pid <> pg_backend_pid()""").get(0);
    }

    @Test
    void neverWorksInMoreShardsAtOnceThanItMay() throws Exception {
        var shards = offline("a", "b", "c", "d", "e", "f", "g").atOnce(3).build();
        var begun = new Semaphore(0);
        var goOn = new Semaphore(0);
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        var threads = ConcurrentHashMap.<String>newKeySet();
        var done = inBackground(() -> shards.forEach(shard -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            threads.add(Thread.currentThread().getName());
            begun.release();
            goOn.acquire();
            return inside.decrementAndGet();
        }));

        begun.acquire(3);
        for (var left = 4; left > 0; left--) {
            goOn.release();
            begun.acquire();
        }
        goOn.release(3);

        assertThat(done.get().isWell()).isTrue();
        assertThat(most).hasValue(3);
        assertThat(threads)
                .isEqualTo(Set.of(
                        "turnasync-shard-a",
                        "turnasync-shard-b",
                        "turnasync-shard-c",
                        "turnasync-shard-d",
                        "turnasync-shard-e",
                        "turnasync-shard-f",
                        "turnasync-shard-g"));
    }

    private static <T> CompletableFuture<T> inBackground(java.util.function.Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, Executors.newSingleThreadExecutor());
    }

    @Test
    void rollsOutToTheCanariesFirstAndToTheOthersOnlyWhenThoseAreWell() {
        var shards = offline("a", "b", "c-1", "c-2", "d")
                .canary("c-*")
                .canary("b")
                .atOnce(1)
                .build();

        var well = shards.rollOut(shard -> ran.add(shard.id()), value -> true);
        assertThat(ran).containsExactly("c-1", "c-2", "b", "a", "d");
        assertThat(well.isWell()).isTrue();

        ran.clear();
        var bad = shards.rollOut(shard -> ran.add(shard.id()), value -> !ran.contains("c-2"));
        assertThat(ran).containsExactly("c-1", "c-2");
        assertThat(bad).hasToString("a: NOT_STARTED\nb: NOT_STARTED\nc-1: DONE\nc-2: ATTENTION\nd: NOT_STARTED");
        assertThat(bad.verdict()).isEqualTo(Outcome.ATTENTION);

        ran.clear();
        assertThat(shards.only("a", "d")
                        .rollOut(shard -> ran.add(shard.id()), value -> true)
                        .all())
                .hasSize(2)
                .allMatch(ShardResult::isWell);
    }

    @Test
    void beginsNoShardWhenNoMoreIsWanted() {
        var shards = offline("a", "b", "c").atOnce(1).build();

        var results = shards.forEach(shard -> ran.add(shard.id()), value -> true, () -> ran.size() < 2);

        assertThat(ran).containsExactly("a", "b");
        assertThat(results).hasToString("a: DONE\nb: DONE\nc: NOT_STARTED");
    }

    @Test
    void beginsNoShardAfterAFailureIfAskedTo() {
        ShardWork<Boolean> work = shard -> {
            ran.add(shard.id());
            if (shard.id().equals("b")) {
                throw new IllegalStateException("the disk is full");
            }
            return true;
        };

        var shards = reachable("a", "b", "c", "d").atOnce(1);
        var all = shards.build().rollOut(work, value -> true);
        assertThat(all.shards(Outcome.DONE)).containsExactly("a", "c", "d");

        var stopped = shards.stopOnFirstFailure().build().rollOut(work, value -> true);
        assertThat(stopped.shards(Outcome.DONE)).containsExactly("a");
        assertThat(stopped.shards(Outcome.NOT_STARTED)).containsExactly("c", "d");
        assertThat(stopped.of("b").message()).isEqualTo("b: FAILED: java.lang.IllegalStateException: the disk is full");
        assertThatThrownBy(() -> stopped.of("b").orElseThrow())
                .hasMessageContaining("b: FAILED")
                .hasRootCauseMessage("the disk is full");
        assertThat(ran).containsExactly("a", "b", "c", "d", "a", "b");
    }

    /** Shards with one database, which answers. */
    private ShardsBuilder reachable(String... ids) {
        var flyway = deploy("all").flyway();
        var builder = Shards.builder();
        for (var id : ids) {
            builder.add(id, flyway);
        }
        return builder;
    }

    @Test
    void tellsTheUnreachableFromTheFailedAndLetsTheOthersGoOn() {
        deploy("bad", context -> {
            throw new IllegalStateException("no such column");
        });
        try (var shards = builder("good", "bad")
                .add("gone", nowhere())
                .add("none", () -> {
                    throw new IllegalStateException("no configuration");
                })
                .atOnce(2)
                .build()) {
            var migrated = shards.migrate();
            assertThat(migrated.shards(Outcome.DONE)).containsExactly("bad", "good");
            assertThat(migrated.of("gone").outcome()).isEqualTo(Outcome.UNREACHABLE);
            assertThat(migrated.of("gone").message()).contains("gone: UNREACHABLE: ", "refused");
            assertThat(migrated.of("none").message()).contains("none: FAILED", "no configuration");

            var drained = shards.drain();
            assertThat(drained.of("good").isWell()).isTrue();
            assertThat(drained.of("bad").outcome()).isEqualTo(Outcome.ATTENTION);
            assertThat(drained.of("bad").orElseThrow().why()).isEqualTo(StopReason.BLOCKED);
            assertThat(drained.of("gone").outcome()).isEqualTo(Outcome.UNREACHABLE);
            assertThat(drained.verdict()).isEqualTo(Outcome.FAILED);

            var checked = shards.check();
            assertThat(checked.all())
                    .extracting(ShardResult::outcome)
                    .containsExactly(Outcome.ATTENTION, Outcome.DONE, Outcome.UNREACHABLE, Outcome.FAILED);
        }
    }

    /** PostgreSQL says so with a code that means no lost connection. */
    @Test
    void callsADatabaseThatTakesNoConnectionsUnreachable() {
        try (var shards = builder("closed").build()) {
            var name = deployed.get("closed").database().dataSource().getDatabaseName();
            deploy("other").database().execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");

            assertThat(shards.list().of("closed").message())
                    .contains("closed: UNREACHABLE", "not currently accepting connections");
        }
    }

    @Test
    void endsTheDrainOfAShardWhoseDatabaseGoesAwayAndGoesOnLater() {
        var outage = new Outage();
        var build = deploy("away", context -> {
            ran.add("away/1");
            if (context.attempt() == 1) {
                outage.begin();
            }
        });
        build.migrate();
        var other = deploy("there").migrate();
        var shards = Shards.builder()
                .options((id, async) -> async.leaseFor(Duration.ofSeconds(id.equals("away") ? 1 : 30))
                        .retryPolicy(Deployment.AT_ONCE))
                .add("away", build.flyway(outage.around(build.database().dataSource())))
                .add("there", other.flyway())
                .build();

        var first = shards.drain();
        assertThat(first.of("away").outcome()).isEqualTo(Outcome.UNREACHABLE);
        assertThat(first.of("away").message()).contains("the database is away");
        assertThat(first.of("there").orElseThrow().succeeded()).isEqualTo(2);

        outage.end();
        await().until(() -> shards.drain().isWell());
        assertThat(ran).filteredOn(step -> step.startsWith("away")).containsSubsequence("away/1", "away/1", "away/2");
        shards.close();
    }

    @Test
    void anInterruptHandsBackWhatRunsAndBeginsNothingElse() throws Exception {
        var begun = new CountDownLatch(1);
        deploy("a", context -> {
                    begun.countDown();
                    await().until(context::stopRequested);
                    throw new dev.turnasync.api.WorkerStoppingException("stopping");
                })
                .migrate();
        deploy("b").migrate();
        try (var shards = builder().atOnce(1).build()) {
            var kept = new CompletableFuture<Boolean>();
            var results = new CompletableFuture<ShardResults<DrainResult>>();
            var caller = new Thread(() -> {
                results.complete(shards.drain());
                kept.complete(Thread.currentThread().isInterrupted());
            });
            caller.start();
            begun.await();
            caller.interrupt();

            assertStopped(results.get());
            assertThat(kept.get()).isTrue();
        }
    }

    @Test
    void closingHandsBackWhatRunsAndBeginsNothingElse() throws Exception {
        var begun = new CountDownLatch(1);
        deploy("a", context -> {
                    begun.countDown();
                    await().until(context::stopRequested);
                    throw new dev.turnasync.api.WorkerStoppingException("stopping");
                })
                .migrate();
        deploy("b").migrate();
        var shards = builder().atOnce(1).build();
        var results = inBackground(shards::drain);
        begun.await();

        shards.close();

        assertThat(deployed.get("a").status("1")).isEqualTo(EntryStatus.QUEUED);
        assertStopped(results.get());
        assertThat(shards.list().shards(Outcome.NOT_STARTED)).containsExactly("a", "b");
    }

    private void assertStopped(ShardResults<DrainResult> results) {
        assertThat(results.of("a").outcome()).isEqualTo(Outcome.ATTENTION);
        assertThat(results.of("a").orElseThrow().handedBack()).isEqualTo(1);
        assertThat(results.of("b").outcome()).isEqualTo(Outcome.NOT_STARTED);
        assertThat(deployed.get("a").status("1")).isEqualTo(EntryStatus.QUEUED);
        assertThat(ran).isEmpty();
    }

    @Test
    void anInterruptThatAShardLeavesBehindDoesNotReachTheNext() {
        var shards = reachable("a", "b").atOnce(1).build();

        var seen = shards.forEach(shard -> {
            var before = Thread.currentThread().isInterrupted();
            Thread.currentThread().interrupt();
            return before;
        });

        assertThat(seen.values()).isEqualTo(Map.of("a", false, "b", false));
    }

    @Test
    void retriesAndSkipsByShardAndVersion() {
        for (var id : List.of("eu-1", "eu-2", "us-1")) {
            deploy(id, context -> {
                        throw new dev.turnasync.api.AsyncMigrationException.Permanent("broken in " + id);
                    })
                    .migrate();
        }
        try (var shards = builder().build()) {
            assertThat(shards.drain().shards(Outcome.ATTENTION)).hasSize(3);

            var retried = shards.retry("eu-1/1", "ann", "mended");
            assertThat(retried.all())
                    .singleElement()
                    .satisfies(
                            result -> assertThat(result.orElseThrow().status()).isEqualTo(EntryStatus.QUEUED));
            var skipped = shards.skip("*-1/1", "ann", "not needed");
            assertThat(skipped.values().keySet()).containsExactly("eu-1", "us-1");
            assertThat(shards.skip("eu-2/9", "ann", "no such").verdict()).isEqualTo(Outcome.FAILED);

            assertThat(List.of(status("eu-1"), status("eu-2"), status("us-1")))
                    .containsExactly(EntryStatus.SKIPPED, EntryStatus.FAILED, EntryStatus.SKIPPED);
            assertThatThrownBy(() -> shards.retry("7", "ann", "no shard")).hasMessageContaining("shard/version");
            assertThatThrownBy(() -> shards.retry("eu/7", "ann", "no shard")).hasMessageContaining("no shard \"eu\"");
        }
    }

    private EntryStatus status(String id) {
        return deployed.get(id).status("1");
    }

    @Test
    void choosesShardsByIdAndPattern() {
        var shards = offline("eu-1", "us-1", "eu-2", "eu.2").build();

        assertThat(shards.only("eu-*", "us-1").ids()).containsExactly("eu-1", "us-1", "eu-2");
        assertThat(shards.only("eu?2").ids()).containsExactly("eu-2", "eu.2");
        assertThat(shards.only("eu.2").ids()).containsExactly("eu.2");
        assertThatThrownBy(() -> shards.only("eu-1", "eu-9"))
                .hasMessage("there is no shard \"eu-9\"; there are eu-1, us-1, eu-2, eu.2");
        assertThatThrownBy(shards::only).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesWhatCannotBeMeant() {
        assertThatThrownBy(() -> offline("a", "b", "a")).hasMessage("there are two shards a");
        for (var id : List.of("", "a/b", "-a", ".a", "a b", "a\u0007", "a*", "ä", "a".repeat(61))) {
            assertThatThrownBy(() -> offline(id)).hasMessageStartingWith("a shard's id ");
        }
        assertThatThrownBy(() -> offline("a\u0007")).hasMessageEndingWith("not \"a\\u0007\"");
        assertThatThrownBy(() -> Shards.builder().build()).hasMessageContaining("there are no shards");
        assertThatThrownBy(() -> offline("a").atOnce(0).build()).hasMessageContaining("atOnce");
        assertThatThrownBy(() -> offline("a").canary("b").build()).hasMessageContaining("no shard \"b\"");
        assertThatThrownBy(() -> offline("a", "b").canary("a").canary("*").build())
                .hasMessage("the shard a is in two canary groups");
        assertThatThrownBy(() -> AsyncMigrations.builder(nowhere()).shard("a/b"))
                .hasMessageContaining("a/b");
    }

    @Test
    void readsAndWritesKeys() {
        assertThat(ShardKey.parse("eu-1/7"))
                .isEqualTo(new ShardKey("eu-1", "7"))
                .hasToString("eu-1/7");
        assertThat(ShardKey.parse("eu-1/R__a/b").key()).isEqualTo("R__a/b");
        for (var text : List.of("7", "eu-1/", "/7", "e u/7")) {
            assertThatThrownBy(() -> ShardKey.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void namesTheShardInQueueWorkerAndThreads() {
        var build = deploy("eu-1", context -> ran.add(Thread.currentThread().getName()));
        build.migrate();
        try (var async = AsyncMigrations.builder(build.flyway())
                .shard("eu-1")
                .workerId("node-7")
                .leaveShutdownToApplication()
                .build()) {
            async.drain();

            assertThat(async.queueName()).isEqualTo("eu-1/public.flyway_schema_history");
            assertThat(async.shard()).contains("eu-1");
            assertThat(async.worker().id()).isEqualTo("eu-1/node-7");
            assertThat(ran).containsExactly("turnasync-worker-eu-1/node-7", "eu-1/2");
            assertThat(async.queue().attempts(build.entry("1")))
                    .extracting(attempt -> attempt.worker())
                    .containsExactly("eu-1/node-7");
        }
        try (var plain = build.node()) {
            assertThat(plain.queueName()).isEqualTo("public.flyway_schema_history");
            assertThat(plain.shard()).isEmpty();
        }
    }
}
