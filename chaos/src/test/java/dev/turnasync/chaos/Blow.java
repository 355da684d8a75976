package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import dev.turnasync.chaos.Holds.Held;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/** What happens to the worker whose batch is held. */
enum Blow {
    /** SIGKILL while the server holds the batch; the batch goes on without its worker, at once or when the lease has run out. */
    KILL,
    /** SIGKILL once COMMIT was done on the server, and before its worker hears of it: the boundary of the batch. */
    KILL_AFTER_COMMIT,
    /** SIGKILL at some moment of some milliseconds after COMMIT could go on. */
    KILL_ABOUT_COMMIT,
    /** SIGSTOP in mid-batch beyond the lease. The batch's transaction keeps the others off, and its worker goes on. */
    FREEZE,
    /** SIGSTOP from COMMIT on until another worker has taken over. */
    FREEZE_AFTER_COMMIT,
    /** SIGSTOP until another worker wants the rows of this batch: only where there is no fence. */
    FREEZE_UNTIL_OVERTAKEN,
    /** The server ends the session. */
    END_SESSION,
    /** The network resets all connections, and their worker connects again. The server notices late. */
    CUT,
    /** The network swallows everything from COMMIT on until another worker has taken over. */
    SWALLOW_AFTER_COMMIT,
    /** The network forgets all connections for good. The server notices, and ends the sessions of the run; their worker is not told. */
    STRAND;

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MOST_MICROS = 4_000;

    /** What a blow happens to. */
    record Target(Fleet fleet, Database database, BackfillTables tables, Holds holds, RandomGenerator random) {

        boolean leaseIsOver() {
            return database.number("SELECT count(*) FROM async_schema_lease WHERE lease_until >= clock_timestamp()")
                    == 0;
        }

        /** Whether a session of the run keeps the others off by the transaction it has open. */
        boolean keepsOff() {
            return leaseIsOver() && sessions("state LIKE 'idle in transaction%'") > 0;
        }

        boolean hasCommitted(Held held) {
            return sessions("state <> 'idle' AND pid = " + held.pid()) == 0;
        }

        boolean isOvertaken() {
            return database.number("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
                    > 0;
        }

        void endSessions() {
            database.list("""
                    SELECT pg_terminate_backend(pid)
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'turnasync:%'""", row -> true);
        }

        private int sessions(String which) {
            return database.number("""
                    SELECT count(*)
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'turnasync:%' AND\s""" + which);
        }
    }

    boolean isKill() {
        return name().startsWith("KILL");
    }

    /** Strikes a worker one of whose sessions is held. */
    void strike(Target target, Held held, Runner runner) {
        var before = target.tables().attempts();
        Callable<Boolean> takenOver = () -> target.tables().attempts() > before || target.keepsOff();
        switch (this) {
            case KILL, KILL_AFTER_COMMIT, KILL_ABOUT_COMMIT -> kill(target, held, runner);
            case FREEZE -> freeze(target, held, runner, target::leaseIsOver);
            case FREEZE_AFTER_COMMIT -> freeze(target, held, runner, takenOver);
            case FREEZE_UNTIL_OVERTAKEN -> {
                runner.freeze();
                until("another worker at the same rows", target::isOvertaken);
                target.holds().letGo(held.row());
                runner.thaw();
            }
            case END_SESSION -> {
                target.database().number("SELECT count(pg_terminate_backend(?))", held.pid());
                target.holds().letGo(held.row());
            }
            case CUT -> {
                runner.network().mode(TcpProxy.Mode.CUT);
                runner.network().mode(TcpProxy.Mode.PASS);
                until("what comes after the cut", () -> !target.holds().isHeld(held) || takenOver.call());
                target.holds().letGo(held.row());
            }
            case SWALLOW_AFTER_COMMIT -> {
                runner.network().mode(TcpProxy.Mode.BLACKHOLE);
                target.holds().letGo(held.row());
                until("takeover", takenOver);
                runner.network().mode(TcpProxy.Mode.PASS);
            }
            case STRAND -> strand(target, held, runner);
        }
    }

    private void kill(Target target, Held held, Runner runner) {
        // The server may notice that the worker is gone, and end its sessions, before they are let go.
        var reached = target.holds().rows();
        target.fleet().replace();
        if (this == KILL_AFTER_COMMIT) {
            runner.network().mode(TcpProxy.Mode.BLACKHOLE);
            target.holds().letGo(held.row());
            until("COMMIT", () -> target.hasCommitted(held));
        } else if (this == KILL_ABOUT_COMMIT) {
            target.holds().letGo(held.row());
            spin(target.random().nextInt(MOST_MICROS));
        }
        runner.kill();
        runner.ended(10);
        runner.network().mode(TcpProxy.Mode.PASS);
        if (this == KILL && target.random().nextBoolean()) {
            until("the end of the lease", target::leaseIsOver);
        }
        reached.forEach(target.holds()::letGo);
        target.holds().rows().forEach(target.holds()::letGo);
    }

    private static void strand(Target target, Held held, Runner runner) {
        runner.network().mode(TcpProxy.Mode.STRAND);
        target.endSessions();
        target.holds().letGo(held.row());
    }

    private static void freeze(Target target, Held held, Runner runner, Callable<Boolean> end) {
        runner.freeze();
        target.holds().letGo(held.row());
        until("what ends the freeze", end);
        runner.thaw();
    }

    /** Milliseconds are too long for what happens in some of them. */
    private static void spin(int micros) {
        var end = System.nanoTime() + micros * 1_000L;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static void until(String what, Callable<Boolean> condition) {
        await(what).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
    }
}
