package dev.turnasync.chaos;

import java.util.Arrays;
import java.util.List;

/** What goes wrong. */
enum Event {
    /** SIGKILL of the runner that works. */
    KILL_LEADER,
    /** SIGKILL of any runner. */
    KILL_RANDOM,
    /** SIGSTOP of the runner that works, for longer than its lease. */
    FREEZE_LEADER,
    /** SIGTERM, as a deploy does. */
    DEPLOY,
    /** The server ends the session in which a migration runs. */
    END_RUN_SESSION,
    /** The server ends all other sessions of the runner that works, the lease's among them. */
    END_LEASE_SESSION,
    /** The server ends everybody's sessions. */
    END_ALL_SESSIONS,
    /** The server crashes, and comes back. */
    CRASH_DATABASE,
    /** The network of the runner that works is reset, for a while. */
    CUT_LEADER,
    /** The network of the runner that works swallows everything, for a while. */
    BLACKHOLE_LEADER,
    /** A deploy of a runner whose clock is 90 s wrong. */
    SKEW_CLOCK;

    /** The events that can be had on this machine. */
    static List<Event> possible() {
        return Arrays.stream(values())
                .filter(event -> event != SKEW_CLOCK || Runner.canSkewClocks())
                .toList();
    }

    void strike(Scene scene) {
        switch (this) {
            case KILL_LEADER -> kill(scene, scene.leader());
            case KILL_RANDOM -> kill(scene, scene.fleet().random(scene.random()));
            case FREEZE_LEADER -> freeze(scene, scene.leader());
            case DEPLOY -> {
                scene.leader().terminate();
                scene.fleet().replace();
            }
            case END_RUN_SESSION -> endSessions(scene, "application_name LIKE 'turnasync:%'");
            case END_LEASE_SESSION ->
                endSessions(scene, "application_name = '" + scene.leader().worker() + "'");
            case END_ALL_SESSIONS -> endSessions(scene, "TRUE");
            case CRASH_DATABASE -> {
                Postgres.shared().stop("immediate");
                scene.later(scene.between(100, 1_000), Postgres.shared()::start);
            }
            case CUT_LEADER -> disturb(scene, TcpProxy.Mode.CUT);
            case BLACKHOLE_LEADER -> disturb(scene, TcpProxy.Mode.BLACKHOLE);
            case SKEW_CLOCK -> {
                scene.leader().terminate();
                scene.fleet().replaceSkewed(scene.random().nextBoolean() ? "+90s" : "-90s");
            }
        }
    }

    private static void kill(Scene scene, Runner runner) {
        runner.kill();
        scene.fleet().replace();
    }

    private static void freeze(Scene scene, Runner runner) {
        runner.freeze();
        scene.later(scene.beyondLease(), runner::thaw);
    }

    private static void endSessions(Scene scene, String which) {
        scene.database().number("""
                SELECT count(pg_terminate_backend(pid))
                FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND\s""" + which);
    }

    private static void disturb(Scene scene, TcpProxy.Mode mode) {
        var network = scene.leader().network();
        network.mode(mode);
        scene.later(scene.beyondLease(), () -> network.mode(TcpProxy.Mode.PASS));
    }
}
