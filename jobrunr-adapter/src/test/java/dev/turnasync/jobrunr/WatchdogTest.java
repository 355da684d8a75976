package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.database.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ConditionFactory;
import org.jobrunr.server.BackgroundJobServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** JobRunr's tables in a database of their own, which goes away and comes back. The tests wait most of the time, and do so side by side. */
@Execution(ExecutionMode.CONCURRENT)
class WatchdogTest extends Scenario {

    /** Long enough for many looks of the watchdog, and for a server that it wrongly started to process. */
    private static final Duration A_WHILE = Watchdog.LOOK_EVERY.multipliedBy(5);

    private TestDatabase jobs;
    private Store store;

    @BeforeEach
    void createStore() {
        jobs = TestDatabase.fresh();
        store = Store.in(jobs);
    }

    @AfterEach
    void dropStore() {
        store.close();
        jobs.close();
    }

    @Test
    void startsAServerThatDiedInAnOutageAgainAndTheQueueDrains() {
        var flyway = flyway(noting("1", "first"), noting("2", "second"));
        try (var node = Node.of(flyway, store).startTogether()) {
            awaitWatched(node);
            cutOff();
            awaitDeath(node);
            flyway.migrate();
            remainsDown(node);

            reconnect();

            awaitStatus(node, "2", EntryStatus.SUCCEEDED);
            assertThat(ran()).containsExactly("1", "2");
            assertThat(node.server.isRunning()).isTrue();
        }
    }

    @Test
    void startsItAgainAfterTheNextOutageTooThoughAnotherNodeHasTakenItOffTheListOfServers() {
        try (var node = Node.of(flyway(), store).startTogether()) {
            awaitWatched(node);
            cutOff();
            awaitDeath(node);
            reconnect();
            awaitWatched(node);

            cutOff();
            awaitDeath(node);
            remainsDown(node);
            reconnect();
            jobs.execute("DELETE FROM jobrunr_backgroundjobservers");
            awaitWatched(node);
        }
    }

    /** As after a failover to a replica: the store answers, but no server can announce itself or take itself off. */
    @Test
    void startsItAgainAfterItsDatabaseCouldOnlyBeRead() {
        try (var node = Node.of(flyway(), store).startTogether()) {
            awaitWatched(node);
            setReadOnly(true);
            awaiting().until(() -> !node.server.isAnnounced());
            setReadOnly(false);

            awaitWatched(node);
        }
    }

    @Test
    void leavesAServerAloneThatTheApplicationStoppedUntilTheApplicationStartsIt() {
        var flyway = flyway(noting("1", "waits"));
        try (var node = Node.of(flyway, store).startTogether()) {
            awaitWatched(node);
            node.server.stop();
            flyway.migrate();
            remainsDown(node);
            cutOff();
            remainsDown(node);
            reconnect();
            remainsDown(node);
            assertThat(status(node, "1")).contains(EntryStatus.QUEUED);

            node.server.start();
            awaitWatched(node);
            cutOff();
            awaitDeath(node);
            reconnect();

            awaiting().until(node.server::isAnnounced);
        }
    }

    @Test
    void leavesAPausedServerPausedAndDeadWhenItDiesInAnOutage() {
        var flyway = flyway(noting("1", "waits"));
        try (var node = Node.of(flyway, store).startTogether()) {
            awaitWatched(node);
            node.server.pauseProcessing();
            flyway.migrate();
            remainsDown(node);
            assertThat(node.server.isAnnounced()).isTrue();
            cutOff();
            awaitDeath(node);
            reconnect();

            remainsDown(node);
            assertThat(status(node, "1")).contains(EntryStatus.QUEUED);
        }
    }

    @Test
    void startsNothingAfterItWasClosedDuringTheOutage() {
        try (var node = Node.of(flyway(), store).startTogether()) {
            awaitWatched(node);
            cutOff();
            awaitDeath(node);
            node.adapter.close();
            reconnect();

            remainsDown(node);
        }
    }

    @Test
    void seesThatTheJvmEnds() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), EndingJvm.class.getName())
                .redirectErrorStream(true)
                .start();

        assertThat(process.inputReader(StandardCharsets.UTF_8).lines()).containsExactly("false", "true");
    }

    /** Says whether the JVM ends, first while it does not, then while it does. */
    static final class EndingJvm {

        private EndingJvm() {}

        public static void main(String[] arguments) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println(Watchdog.isJvmEnding())));
            System.out.println(Watchdog.isJvmEnding());
        }
    }

    /** JobRunr's own threads may fail in an outage, which is not the test's business. */
    private static ConditionFactory awaiting() {
        return await().dontCatchUncaughtExceptions().atMost(SOON);
    }

    /** JobRunr's server is up, and the watchdog has seen it so. */
    private static void awaitWatched(Node node) {
        awaiting().during(A_WHILE).until(() -> node.server.isRunning() && node.server.isAnnounced());
    }

    private static void awaitDeath(Node node) {
        awaiting().until(() -> isStopped(node.server));
    }

    private static void remainsDown(Node node) {
        awaiting().during(A_WHILE).until(() -> !node.server.isRunning());
    }

    private static boolean isStopped(BackgroundJobServer server) {
        return server.getServerStatus().getFirstHeartbeat() == null;
    }

    private void cutOff() {
        database.execute(allowConnections(false));
        endConnections();
    }

    private void setReadOnly(boolean on) {
        var name = jobs.dataSource().getDatabaseName();
        database.execute("ALTER DATABASE " + name + " SET default_transaction_read_only = " + on);
        endConnections();
    }

    private void endConnections() {
        database.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?",
                jobs.dataSource().getDatabaseName());
    }

    private void reconnect() {
        database.execute(allowConnections(true));
    }

    private String allowConnections(boolean allow) {
        return "ALTER DATABASE " + jobs.dataSource().getDatabaseName() + " ALLOW_CONNECTIONS " + allow;
    }
}
