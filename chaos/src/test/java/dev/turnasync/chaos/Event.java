package dev.turnasync.chaos;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** What goes wrong, or is done by people meanwhile. */
enum Event {
    /** SIGKILL of the runner that works. */
    KILL_LEADER(ProcessFaults::killLeader),
    /** SIGKILL of any runner. */
    KILL_RANDOM(ProcessFaults::killRandom),
    /** SIGSTOP of the runner that works, for longer than its lease. */
    FREEZE_LEADER(ProcessFaults::freezeLeader),
    /** SIGTERM, as a deploy does. */
    DEPLOY(ProcessFaults::deploy),
    /** A deploy of a runner whose clock is 90 s wrong. */
    SKEW_CLOCK(ProcessFaults::skewClock),
    /** SIGKILL of a {@code migrate} at some message of its; then it is repeated. */
    KILL_MIGRATE(Deploys::killMigrate),
    /** A body that reads from a socket for ever, until it is cancelled, or its node is deployed over. */
    HANG_BODY(BodyFaults::hang),
    /** A body that ends its JVM. */
    EXIT_BODY(BodyFaults::exit),

    /** The server ends the session in which a migration runs. */
    END_RUN_SESSION(ServerFaults::endRunSession),
    /** The server ends all other sessions of the runner that works, the lease's among them. */
    END_LEASE_SESSION(ServerFaults::endLeaseSession),
    /** The server ends everybody's sessions. */
    END_ALL_SESSIONS(ServerFaults::endAllSessions),
    /** The server crashes, and comes back. */
    CRASH_DATABASE(ServerFaults::crash),
    /** The server is lost for good, and its asynchronous standby takes its place, without the last second or so. */
    FAILOVER(Failover::strike),
    /** Tables of the queue are locked by somebody, for a part of the lease or longer than it. */
    LOCK_TABLES(ServerFaults::lockTables),
    /** {@code VACUUM FULL} of tables of the queue. */
    VACUUM_FULL(ServerFaults::vacuumFull),
    /** The database is read-only for a while. */
    READ_ONLY(ServerFaults::readOnly),
    /** Somebody takes all connections that there are, for a while. */
    TAKE_CONNECTIONS(ServerFaults::takeConnections),
    /** The workers' role may not log in for a while. */
    NO_LOGIN(ServerFaults::noLogin),

    /** The network of the runner that works is reset, for a while. */
    CUT_LEADER(NetworkFaults::cutLeader),
    /** The network of the runner that works swallows everything, for a while. */
    BLACKHOLE_LEADER(NetworkFaults::blackholeLeader),
    /** The network of the runner that works carries nothing to the database, for a while. */
    STALL_REQUESTS(NetworkFaults::stallRequests),
    /** The network of the runner that works carries nothing from the database, for a while. */
    STALL_ANSWERS(NetworkFaults::stallAnswers),
    /** A round trip takes 300 ms for everybody, for a while. */
    DELAY_ALL(NetworkFaults::delayAll),
    /** The connection of the run alone is reset, or swallows everything for a while. */
    CUT_RUN(NetworkFaults::cutRun),
    /** All but the connection of the run are reset, or swallow everything for a while. */
    CUT_LEASE(NetworkFaults::cutLease),

    /** A person pauses an entry and resumes it. */
    OPERATOR_PAUSES(Operators::pause),
    /** A person cancels what runs, and retries it. */
    OPERATOR_CANCELS(Operators::cancel),
    /** A person slows down what runs. */
    OPERATOR_THROTTLES(Operators::throttle),
    /** A person skips an entry, a waiting one or one that was cancelled. */
    OPERATOR_SKIPS(Operators::skip),
    /** A person calls {@code check-queue --fix}. */
    OPERATOR_FIXES(Operators::fix);

    private static final Set<Event> BODIES = EnumSet.of(HANG_BODY, EXIT_BODY);

    /** A pooler's connections are not the workers', and outlive what is done to them. */
    private static final Set<Event> NOT_POOLED = EnumSet.of(CUT_RUN, CUT_LEASE, FAILOVER);

    @SuppressWarnings("ImmutableEnumChecker") // a method's name, which keeps nothing
    private final Consumer<Scene> fault;

    Event(Consumer<Scene> fault) {
        this.fault = fault;
    }

    /** The events of {@code -Dchaos.blows=…}, or all; those of them that can be had on this machine. */
    static List<Event> possible(RunnerOptions options) {
        var chosen = System.getProperty("chaos.blows");
        var some = chosen == null
                ? Arrays.stream(values())
                : Arrays.stream(chosen.split(",")).map(Event::valueOf);
        return some.filter(event -> event != SKEW_CLOCK || Runner.canSkewClocks())
                .filter(event -> !options.is("pooler") || !NOT_POOLED.contains(event))
                .toList();
    }

    /** Whether it sets a trap for bodies. */
    boolean isOfBody() {
        return BODIES.contains(this);
    }

    void strike(Scene scene) {
        fault.accept(scene);
    }
}
