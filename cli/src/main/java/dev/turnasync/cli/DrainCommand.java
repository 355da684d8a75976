package dev.turnasync.cli;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.DrainResult;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.cli.QueueAction.Target;
import dev.turnasync.cli.Request.Manner;
import java.time.Duration;
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
            "Runs queued migrations here and now, in order, until none is due or the queue blocks. With --wait it also waits"
                    + " for what passes by itself.",
            "However many drains and workers there are, one migration runs at a time. Ctrl-C or SIGTERM hands the running"
                    + " migration back to the queue; that counts no attempt."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync drain --jar app.jar --jar lib/commons-text.jar",
            "  turnasync drain --jar app.jar --wait 10m",
            "  turnasync drain --dry-run",
            "  turnasync drain --jar target/classes --location classpath:com/shop/migration --max 1",
            "  turnasync drain --jar app.jar --shards shards.properties --all-shards",
            "",
            "Exit code 0 when no entry is left, or --max is reached; 1 when a person must act: an entry is FAILED or PAUSED,",
            "or no --jar has the class of the head; 5 when entries are left that need nobody: another worker holds the lease,",
            "a dead one's session is busy, the next attempt or window is not due, or the lease was lost. Canaries of a",
            "file of shards go first; each shard waits for itself.",
            "JSON: queue, succeeded, retryable, failed, handedBack, stopReason, head {as in list},",
            "failure {className, message}; of --dry-run: queue, entries[] {as in list}, dryRun, stopReason, head;",
            "what happens meanwhile is told on standard error."
        })
final class DrainCommand implements Callable<Integer> {

    @Option(names = "--max", paramLabel = "N", description = "Run at most this many attempts. Default: no limit.")
    @Nullable
    Integer max;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description =
                    "How long to wait at most, such as 90s or 10m, for what passes by itself: the lease of another worker, dead or"
                            + " alive, a dead one's session, the next attempt, the head's window, a database that went away. The time in"
                            + " which migrations run does not count. Default: 0.")
    String wait = "0";

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
        var patience = Durations.parse("--wait", wait);
        if (dryRun) {
            return shards.answer(new Request(classes, List.of(), Manner.LOOK), this::plan);
        }
        if (!common.found(classes).given()) {
            throw CliException.usage(
                    "drain runs migration classes and must know where they are: give --jar FILE with the jar"
                            + " of the migrations, and once more for each jar that they need");
        }
        return shards.answer(new Request(classes, List.of(), Manner.DRAIN), (QueueAction<DrainResult>)
                target -> drain(target, patience));
    }

    private Answer<DrainPlan> plan(Target target) {
        var plan = DrainPlan.of(target.async().queue(), max);
        return new Answer<>(plan, ExitCode.OK, plan.json(target.name()), plan::print);
    }

    private Answer<DrainResult> drain(Target target, Duration patience) {
        var result = drained(target, patience);
        return new Answer<>(
                result,
                exitCode(result),
                DrainPage.json(target.name(), result),
                screen -> new DrainPage(screen, target.hints(), patience).print(result));
    }

    private DrainResult drained(Target target, Duration patience) {
        try {
            return target.async().worker().drain(max == null ? Integer.MAX_VALUE : max, patience);
        } catch (SchemaMismatchException e) {
            throw e;
        } catch (AsyncMigrationException e) {
            if (e.getCause() != null) {
                throw e;
            }
            throw CliException.refused(target.hints().text(String.valueOf(e.getMessage())), e);
        }
    }

    /** What is left decides, and who must act; an attempt that failed and was repeated well is the past. */
    private static int exitCode(DrainResult result) {
        return switch (result.why()) {
            case EMPTY -> ExitCode.OK;
            case DONE -> ofLast(result);
            case NOT_DUE, LEASE_HELD, PREVIOUS_RUN_ALIVE, LEASE_LOST, STOPPED -> ExitCode.TIMEOUT;
            case BLOCKED, PAUSED, CLASS_MISSING, HUNG -> ExitCode.ATTENTION;
        };
    }

    /** Of a drain that was to run so many attempts, and ran them. */
    private static int ofLast(DrainResult result) {
        if (result.failed() > 0) {
            return ExitCode.ATTENTION;
        }
        return result.retryable() + result.handedBack() > 0 ? ExitCode.TIMEOUT : ExitCode.OK;
    }
}
