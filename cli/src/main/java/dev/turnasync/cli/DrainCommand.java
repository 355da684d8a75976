package dev.turnasync.cli;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.MigrationWorker;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.cli.QueueAction.Target;
import dev.turnasync.cli.Request.Manner;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync drain}: run what is due, here and now. */
@Command(
        name = "drain",
        description = {
            "Runs queued migrations here and now, in order, until none is due or the queue blocks.",
            "However many drains and workers there are, one migration runs at a time. Ctrl-C or SIGTERM hands the running"
                    + " migration back to the queue; that counts no attempt."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync drain --jar app.jar --jar lib/commons-text.jar",
            "  turnasync drain --dry-run",
            "  turnasync drain --jar target/classes --location classpath:com/shop/migration --max 1",
            "  turnasync drain --jar app.jar --shards shards.properties --all-shards",
            "",
            "Exit code 0 also when another worker drains, or the next attempt is not due yet; over shards only when",
            "no entry is left, or --max is reached. Canaries of the file go first.",
            "JSON: queue, succeeded, retryable, failed, handedBack, stopReason, head {as in list},",
            "failure {className, message}; of --dry-run: queue, entries[] {as in list}, dryRun, stopReason, head;",
            "what happens meanwhile is told on standard error."
        })
final class DrainCommand implements Callable<Integer> {

    @Option(names = "--max", paramLabel = "N", description = "Run at most this many attempts. Default: no limit.")
    @Nullable
    Integer max;

    @Option(
            names = "--dry-run",
            description = "Only tell what would be run now, in its order, and why it would end then.")
    boolean dryRun;

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ShardOptions shards;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    DrainCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
        this.shards = new ShardOptions(common);
    }

    @Override
    public Integer call() {
        if (max != null && max < 1) {
            throw CliException.usage("--max must be at least 1: " + max);
        }
        if (dryRun) {
            return shards.answer(new Request(classes, List.of(), Manner.LOOK), this::plan);
        }
        if (!common.found(classes).given()) {
            throw CliException.usage(
                    "drain runs migration classes and must know where they are: give --jar FILE with the jar"
                            + " of the migrations, and once more for each jar that they need");
        }
        return shards.answer(new Request(classes, List.of(), Manner.DRAIN), this::drain);
    }

    private Answer<DrainPlan> plan(Target target) {
        var plan = DrainPlan.of(target.async().queue(), max);
        return new Answer<>(plan, ExitCode.OK, plan.json(target.name()), plan::print);
    }

    private Answer<DrainResult> drain(Target target) {
        var result = drained(target);
        return new Answer<>(
                result,
                target.shard() == null || isFinished(result) ? exitCode(result) : ExitCode.ATTENTION,
                DrainPage.json(target.name(), result),
                screen -> new DrainPage(screen, target.hints()).print(result));
    }

    /** Whether the next group of shards may begin: all is done that was asked for. */
    private static boolean isFinished(DrainResult result) {
        return result.why() == StopReason.EMPTY || result.why() == StopReason.DONE;
    }

    private DrainResult drained(Target target) {
        try {
            return drain(target.async().worker());
        } catch (SchemaMismatchException e) {
            throw e;
        } catch (AsyncMigrationException e) {
            if (e.getCause() != null) {
                throw e;
            }
            throw CliException.refused(target.hints().text(String.valueOf(e.getMessage())), e);
        }
    }

    private DrainResult drain(MigrationWorker worker) {
        if (max == null) {
            return worker.drain();
        }
        var total = worker.drainOne();
        while (total.why() == StopReason.DONE && total.runs() < max) {
            total = sum(total, worker.drainOne());
        }
        return total;
    }

    private static DrainResult sum(DrainResult before, DrainResult last) {
        return new DrainResult(
                before.succeeded() + last.succeeded(),
                before.retryable() + last.retryable(),
                before.failed() + last.failed(),
                before.handedBack() + last.handedBack(),
                last.why(),
                last.head(),
                last.failure() == null ? before.failure() : last.failure());
    }

    private static int exitCode(DrainResult result) {
        if (result.failed() + result.retryable() > 0) {
            return ExitCode.ATTENTION;
        }
        return switch (result.why()) {
            case EMPTY, DONE, NOT_DUE, LEASE_HELD, PREVIOUS_RUN_ALIVE -> ExitCode.OK;
            case BLOCKED, PAUSED, CLASS_MISSING, LEASE_LOST, STOPPED, HUNG -> ExitCode.ATTENTION;
        };
    }
}
