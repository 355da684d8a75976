package dev.turnasync.cli;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync watch}: the queue as it changes. */
@Command(
        name = "watch",
        description = {
            "Shows the entries that are not finished, and the last few that are, again and again until Ctrl-C.",
            "On a terminal the picture is redrawn in place; elsewhere one is appended to the other. A database that goes"
                    + " away is waited for."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync watch",
            "  turnasync watch --every 10s --until-idle && echo done",
            "  turnasync watch --once",
            "",
            "Exit code 0 at the end of --until-idle and --once, but 1 when --once finds the queue blocked or paused;",
            "3 when the first look fails, or the only one.",
            "JSON: one object in one line for each look: queue, at, away, entries[] {as in list}."
        })
final class WatchCommand implements Callable<Integer> {

    private static final Duration SHORTEST = Duration.ofMillis(100);

    @Option(
            names = "--every",
            paramLabel = "TIME",
            description = "How often to look, such as 500ms or 10s. Default: 2s.")
    String every = "2s";

    @Option(names = "--until-idle", description = "End when no entry is left to run.")
    boolean untilIdle;

    @Option(names = "--once", description = "Look once and end.")
    boolean once;

    @Mixin
    private final CommonOptions common;

    WatchCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        var pause = Durations.parse("--every", every);
        if (pause.compareTo(SHORTEST) < 0) {
            throw CliException.usage("--every must be at least 100ms: " + every);
        }
        return common.look(new ClassOptions(), async -> watch(async, pause));
    }

    private int watch(AsyncMigrations async, Duration pause) {
        var live = common.surroundings().terminal().live();
        var shown = QueueLook.of(now(), async.queue());
        try (var picture = picture(async.queueName())) {
            picture.show(shown);
            while (!once && !(untilIdle && shown.isIdle())) {
                if (!live.pause().test(pause)) {
                    return ExitCode.OK;
                }
                shown = look(async, shown);
                picture.show(shown);
            }
        }
        return once && shown.isHeldBack() ? ExitCode.ATTENTION : ExitCode.OK;
    }

    private Picture picture(String queue) {
        if (common.json()) {
            return look -> common.printLine(look.json(queue));
        }
        var surroundings = common.surroundings();
        var page = new WatchPage(queue, untilIdle);
        return surroundings.terminal().interactive() && !once
                ? LivePicture.on(surroundings, common.colors(), page)
                : look -> {
                    page.print(common.out(), look, new TerminalSize(common.columns(), Integer.MAX_VALUE));
                    common.out().line("");
                };
    }

    private QueueLook look(AsyncMigrations async, QueueLook before) {
        try {
            return QueueLook.of(now(), async.queue());
        } catch (AsyncMigrationException e) {
            if (!Failures.lostConnection(e)) {
                throw e;
            }
            return before.away(now(), String.valueOf(e.getMessage()).strip());
        }
    }

    private Instant now() {
        return common.surroundings().clock().instant();
    }

    /** Where looks are shown. */
    @FunctionalInterface
    interface Picture extends AutoCloseable {

        void show(QueueLook look);

        @Override
        default void close() {}
    }
}
