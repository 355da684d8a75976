package dev.turnasync.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationListener.Event;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A body that reads from a socket without a timeout, and whose other end never answers. */
@Timeout(120)
class HungBodyTest {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicReference<Throwable> triedLater = new AtomicReference<>();

    /** Hangs in its first attempt until the other system closes the connection; then tries to go on. */
    private Script hanging(ServerSocket other) {
        return Script.async("1", context -> {
                    if (context.attempt() == 1) {
                        try (var socket = new Socket(other.getInetAddress(), other.getLocalPort())) {
                            begun.countDown();
                            assertThat(socket.getInputStream().read()).isEqualTo(-1);
                        }
                        try {
                            context.inTransaction(tx -> {
                                Script.note(context, "a zombie's");
                                return 1;
                            });
                        } catch (Throwable e) {
                            triedLater.set(e);
                            throw e;
                        }
                    }
                    Script.note(context, "attempt " + context.attempt());
                })
                .inPieces();
    }

    private static AsyncMigrations node(Deployment build) {
        return build.node(AsyncMigrations.builder(build.flyway())
                .leaseFor(Duration.ofSeconds(2))
                .stopGrace(Duration.ZERO)
                .retryPolicy(RetryPolicy.never().withDelays(Duration.ZERO, Duration.ZERO)));
    }

    private static ServerSocket silentSystem() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private CompletableFuture<DrainResult> begin(AsyncMigrations node) throws InterruptedException {
        var result = CompletableFuture.supplyAsync(node::drain, Executors.newSingleThreadExecutor());
        begun.await();
        return result;
    }

    private static List<Attempt> attempts(AsyncMigrations node) {
        return node.queue().attempts(node.queue().find("1").orElseThrow());
    }

    private static List<Kind> kinds(QueueReport report) {
        return report.findings().stream().map(Finding::kind).toList();
    }

    private static Finding finding(AsyncMigrations node, Kind kind) {
        return node.queue().check().findings().stream()
                .filter(finding -> finding.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void cancelSettlesItAndTheWorkerRunsNothingUntilItsThreadEnds() throws Exception {
        try (var other = silentSystem();
                var build = Deployment.of(hanging(other)).migrate()) {
            var node = node(build);
            var result = begin(node);
            try (var connected = other.accept()) {
                assertThat(kinds(node.queue().check())).isEmpty();
                // The look from outside is all that can tell: its session is alive, so nobody takes its entry away.
                await().until(() -> kinds(node.queue().check(Duration.ZERO)).contains(Kind.SILENT));
                node.queue().cancel("1", "ada", "it hangs");

                assertThat(result.get().why()).isEqualTo(StopReason.HUNG);
                assertThat(build.entry("1").status()).isEqualTo(EntryStatus.FAILED);
                assertThat(build.entry("1").reason()).isEqualTo("cancel by ada: it hangs");
                var attempt = attempts(node).get(0);
                assertThat(attempt.outcome()).isEqualTo(Outcome.HANDED_BACK);
                assertThat(attempt.failure().message()).contains("did not return");
                assertThat(attempt.failure().stackTrace())
                        .contains("HungBodyTest")
                        .contains("SocketInputStream");

                assertThat(node.worker().isHung()).isTrue();
                assertThat(kinds(node.queue().check())).contains(Kind.BLOCKED, Kind.HUNG);
                node.queue().retry("1", "ada", "the other system is up again");
                assertThat(finding(node, Kind.HUNG).message())
                        .contains(node.worker().id());
                assertThat(node.drain().why()).isEqualTo(StopReason.HUNG);
                assertThat(build.node().drain().succeeded()).isEqualTo(1);
                assertThat(connected.isConnected()).isTrue();
            }
            await().atMost(Duration.ofMinutes(1)).until(() -> !node.worker().isHung());
            assertThat(triedLater.get()).isNotNull();
            assertThat(node.drain().why()).isEqualTo(StopReason.EMPTY);
            assertThat(build.journal()).containsExactly("attempt 2");
            assertThat(kinds(node.queue().check())).isEmpty();
        }
    }

    @Test
    void closeHandsItBackAndReleasesTheLease() throws Exception {
        try (var other = silentSystem();
                var build = Deployment.of(hanging(other)).migrate()) {
            var node = node(build);
            var result = begin(node);
            try (var connected = other.accept()) {
                node.close();

                assertThat(connected.isConnected()).isTrue();
                assertThat(result.get().handedBack()).isEqualTo(1);
                assertThat(build.entry("1").status()).isEqualTo(EntryStatus.QUEUED);
                assertThat(build.entry("1").tries().workerDeaths()).isZero();
                assertThat(build.database().column("SELECT worker FROM async_schema_lease"))
                        .containsOnlyNulls();
                assertThat(build.node().drain().succeeded()).isEqualTo(1);
            }
        }
    }

    /** Nobody asked it to end, but it can commit nothing any more, and so its lease means nothing. */
    @Test
    void losesItsEntryALeaseAfterItsSession() throws Exception {
        try (var other = silentSystem();
                var build = Deployment.of(hanging(other)).migrate()) {
            var node = node(build);
            var result = begin(node);
            try (var connected = other.accept()) {
                build.database().execute("""
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'turnasync:%'""");

                assertThat(result.get().failed()).isEqualTo(1);
                assertThat(result.get().failure()).hasMessageContaining("lost its session");
                assertThat(connected.isConnected()).isTrue();
                assertThat(build.entry("1").status()).isEqualTo(EntryStatus.FAILED);
                assertThat(node.drain().why()).isEqualTo(StopReason.HUNG);
            }
        }
    }

    /** Nothing runs any more, and the lease that is renewed would keep everybody else from working. */
    @Test
    void aListenerThatHangsLosesTheLease() throws Exception {
        var hangs = new CountDownLatch(1);
        try (var build = Deployment.of(Script.async("1", Script.note("1")), Script.async("2", Script.note("2")))
                .migrate()) {
            var node = node(build);
            node.onEvent(event -> {
                if (event instanceof Event.Succeeded) {
                    begun.countDown();
                    awaitQuietly(hangs);
                }
            });
            var result = begin(node);
            var other = build.node();
            await().pollInterval(Duration.ofMillis(200))
                    .until(() -> other.drain().succeeded() == 1);
            hangs.countDown();

            assertThat(result.get().why()).isEqualTo(StopReason.LEASE_LOST);
            assertThat(build.journal()).containsExactly("1", "2");
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the body's thread does must not look as if it came from elsewhere. */
    @Test
    void refusesToDrainFromItsThread() throws Exception {
        var node = new AtomicReference<AsyncMigrations>();
        try (var build = Deployment.of(Script.async(
                        "1", context -> assertThatThrownBy(node.get()::drain).hasMessageContaining("must not drain")))
                .migrate()) {
            node.set(node(build));
            assertThat(node.get().drain().succeeded()).isEqualTo(1);
        }
    }
}
