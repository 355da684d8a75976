package dev.turnasync.cli;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import java.util.List;
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
            "  turnasync wait --version 7 --shards shards.properties --all-shards",
            "  turnasync wait --all --timeout 0 || echo 'not yet'",
            "",
            "Exit code 0 when all is applied; 1 when a person must act first: an entry is FAILED or PAUSED, or the migration",
            "was undone; 3 at the timeout, when the database is away; 5 at the timeout; 6 at the timeout, when Flyway's",
            "history does not know a version. Of many versions one that needs a person decides, then the first that is left.",
            "SKIPPED counts as applied, for a person decided so. Newer versions do not disturb.",
            "Over shards all must be applied; one that needs a person ends the wait of all. No shard is looked at when the time",
            "is up, or --connect-timeout if that is longer; one --connect-timeout for shards that are silent comes on top.",
            "JSON: queue, state, version, message, entry {as in list}; state AWAY when the database is away at the end."
        })
final class WaitCommand implements Callable<Integer> {

    @Option(
            names = "--version",
            paramLabel = "VERSION",
            description =
                    "Wait for this migration, async or not; or R__ and the description; in a shard eu-1/7. May be given many times.")
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

    @Mixin
    private final ShardOptions shards;

    private String told = "";

    @Nullable
    private String queue;

    WaitCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
        this.shards = new ShardOptions(common);
    }

    @Override
    public Integer call() {
        if (all == !versions.isEmpty()) {
            throw CliException.usage("wait needs --version VERSION, or --all");
        }
        var deadline = Deadline.in(Durations.parse("--timeout", timeout), common.surroundings());
        if (!shards.areWanted(versions)) {
            return alone(deadline);
        }
        try (var fleet = Fleet.open(shards, common, new Request(null, versions, Request.Manner.LOOK))) {
            return new ShardGate(common, fleet).await(deadline);
        }
    }

    private int alone(Deadline deadline) {
        while (true) {
            try {
                return common.look(new ClassOptions(), async -> gate(async, deadline));
            } catch (CliException | AsyncMigrationException e) {
                if (!Failures.mayComeBack(e)) {
                    throw e;
                }
                var message = String.valueOf(e.getMessage()).strip();
                tell(GateLook.AWAY, message);
                if (!deadline.pause()) {
                    if (common.json()) {
                        common.print(GateLook.away(
                                queue, common.surroundings().secrets().hide(message)));
                    }
                    throw e;
                }
            }
        }
    }

    /** A database that goes away ends it, and is waited for by who opened the queue. */
    private int gate(AsyncMigrations async, Deadline deadline) {
        queue = async.queueName();
        var last = look(async);
        while (!last.isFinal() && deadline.pause()) {
            last = look(async);
        }
        if (common.json()) {
            common.print(last.json(async.queueName()));
        } else if (!last.isFinal()) {
            common.out().line(deadline.gaveUp());
        }
        return last.exitCode();
    }

    private GateLook look(AsyncMigrations async) {
        var look = GateLook.at(async.queue(), versions);
        tell(look.readiness().state().name(), look.readiness().message());
        return look;
    }

    private void tell(String state, String message) {
        var line = state + "  " + message;
        if (!line.equals(told)) {
            (common.json() ? common.err() : common.out()).line(Span.strong(state + "  "), Span.plain(message));
            told = line;
        }
    }
}
