package dev.turnasync.cli;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.Readiness;
import dev.turnasync.api.Readiness.State;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync wait}: the deploy gate. */
@Command(
        name = "wait",
        description = {
            "Waits until migrations are applied, for a pipeline or an init container. Only reads, and needs no other right.",
            "A migration is applied when Flyway's history lists it and no entry at its place or before it is left. What is"
                    + " FAILED or PAUSED ends the wait at once; a database that is away, and a version that nobody knows"
                    + " yet, are waited for."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync wait --version 7 --timeout 15m",
            "  turnasync wait --all --timeout 0 || echo 'not yet'",
            "",
            "Exit code 0 when all is applied; 1 when a person must act first: an entry is FAILED or PAUSED, or the migration",
            "was undone; 5 at the timeout; 6 at the timeout, when Flyway's history does not know a version.",
            "SKIPPED counts as applied, for a person decided so. Newer versions do not disturb.",
            "JSON: queue, state, version, message, entry {as in list}."
        })
final class WaitCommand implements Callable<Integer> {

    private static final Duration EVERY = Duration.ofSeconds(1);

    @Option(
            names = "--version",
            paramLabel = "VERSION",
            description = "Wait for this migration, async or not; or R__ and the description. May be given many times.")
    List<String> versions = List.of();

    @Option(names = "--all", description = "Wait until everything queued is finished.")
    boolean all;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long to wait, such as 90s, 15m or 2h; 0 looks once. Default: 10m.")
    String timeout = "10m";

    @Mixin
    private final CommonOptions common;

    private long until;
    private String told = "";

    WaitCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        if (all == !versions.isEmpty()) {
            throw CliException.usage("wait needs --version VERSION, or --all");
        }
        until = System.nanoTime() + Durations.parse("--timeout", timeout).toNanos();
        while (true) {
            try {
                return common.look(new ClassOptions(), this::gate);
            } catch (CliException | AsyncMigrationException e) {
                if (!Failures.mayComeBack(e)) {
                    throw e;
                }
                tell("AWAY", String.valueOf(e.getMessage()).strip());
                if (!pause()) {
                    throw e;
                }
            }
        }
    }

    private int gate(AsyncMigrations async) {
        var last = look(async, null);
        while (!last.readiness().isFinal() && pause()) {
            last = look(async, last);
        }
        if (common.json()) {
            var state = last.readiness().state();
            var entry = last.readiness().entry();
            var node = Json.object()
                    .put("queue", async.queueName())
                    .put("state", state.name())
                    .put("version", last.version())
                    .put("message", last.readiness().message());
            node.set("entry", entry == null ? null : EntryJson.entry(entry));
            common.print(node);
        } else if (!last.readiness().isFinal()) {
            common.out().line("gave up after " + timeout);
        }
        return exitCode(last.readiness().state());
    }

    /** What decides: the first migration that is not applied, or the last one. */
    private record Look(@Nullable String version, Readiness readiness) {}

    private Look look(AsyncMigrations async, @Nullable Look before) {
        try {
            var look = now(async);
            tell(look.readiness().state().name(), look.readiness().message());
            return look;
        } catch (AsyncMigrationException e) {
            if (before == null || !Failures.mayComeBack(e)) {
                throw e;
            }
            tell("AWAY", String.valueOf(e.getMessage()).strip());
            return before;
        }
    }

    private Look now(AsyncMigrations async) {
        if (all) {
            return new Look(null, async.queue().readiness());
        }
        Look last = null;
        for (var version : versions) {
            last = new Look(version, async.queue().readiness(version));
            if (last.readiness().state() != State.APPLIED) {
                return last;
            }
        }
        return Objects.requireNonNull(last);
    }

    private void tell(String state, String message) {
        var line = state + "  " + message;
        if (!line.equals(told)) {
            (common.json() ? common.err() : common.out()).line(Span.strong(state + "  "), Span.plain(message));
            told = line;
        }
    }

    /** False when the time is up. */
    private boolean pause() {
        var left = Duration.ofNanos(until - System.nanoTime());
        return !left.isNegative()
                && !left.isZero()
                && common.surroundings().terminal().live().pause().test(left.compareTo(EVERY) < 0 ? left : EVERY);
    }

    private static int exitCode(State state) {
        return switch (state) {
            case APPLIED -> ExitCode.OK;
            case BLOCKED, UNDONE -> ExitCode.ATTENTION;
            case PENDING -> ExitCode.TIMEOUT;
            case UNKNOWN -> ExitCode.UNKNOWN;
        };
    }
}
