package dev.turnasync.cli;

import dev.turnasync.ShardResult;
import dev.turnasync.ShardResult.Outcome;
import dev.turnasync.ShardResults;
import dev.turnasync.cli.QueueAction.Target;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * A gate over shards:
 *
 * <ol>
 *   <li>All shards that are not open yet are looked at, side by side, those that were away the last time behind the others.
 *   <li>No further one is begun when one needs a person, or when the time is up. The first look has at least the time in which
 *       one silent shard is given up. A shard that is not looked at keeps what it said before.
 *   <li>It opens when every shard is, and ends at once when one of them needs a person, refuses the login or cannot be asked.
 *   <li>Else it waits and looks again, until the time is up. A shard whose database is away is waited for.
 * </ol>
 *
 * What is told on the way is told once for each change. For one use.
 */
final class ShardGate {

    private final CommonOptions common;
    private final Fleet fleet;
    private final Map<String, ShardResult<Answer<GateLook>>> results = new LinkedHashMap<>();
    private final Map<String, String> told = new HashMap<>();
    private final AtomicBoolean hopeless = new AtomicBoolean();

    ShardGate(CommonOptions common, Fleet fleet) {
        this.common = common;
        this.fleet = fleet;
        fleet.ids().forEach(id -> results.put(id, new ShardResult<>(id, Outcome.NOT_STARTED, null, null)));
    }

    /** Waits, says how it ended, and returns the exit code. */
    int await(Deadline deadline) {
        look(deadline);
        while (!isDecided() && deadline.pause()) {
            look(deadline);
        }
        var all = new ShardResults<>(List.copyOf(results.values()));
        var page = new ShardsPage(common);
        if (common.json()) {
            common.print(page.json(all));
            return exitCode();
        }
        if (!isDecided()) {
            common.out().line(deadline.gaveUp());
        }
        page.total(all);
        return exitCode();
    }

    /** That of the worst shard; one that was never looked at did not open in time. */
    private int exitCode() {
        var asked = results.values().stream().filter(ShardGate::isAsked).toList();
        var worst = ShardsPage.exitCode(new ShardResults<>(asked));
        return asked.size() == results.size() ? worst : ExitCode.worse(worst, ExitCode.TIMEOUT);
    }

    private void look(Deadline deadline) {
        var near = left(result -> result.outcome() != Outcome.UNREACHABLE);
        var away = left(result -> result.outcome() == Outcome.UNREACHABLE);
        look(near, deadline);
        look(away, deadline);
    }

    private List<String> left(Predicate<ShardResult<Answer<GateLook>>> which) {
        return results.values().stream()
                .filter(result -> !isOpen(result))
                .filter(which)
                .map(ShardResult::shard)
                .toList();
    }

    private void look(List<String> ids, Deadline deadline) {
        if (ids.isEmpty()) {
            return;
        }
        var patience = Duration.ofSeconds(common.connection.connectTimeout);
        var asked = fleet.ask(ids, this::look, () -> !hopeless.get() && !deadline.isUp(patience));
        asked.all().stream().filter(ShardGate::isAsked).forEach(result -> {
            results.put(result.shard(), result);
            tell(result);
        });
    }

    private static boolean isAsked(ShardResult<?> result) {
        return result.outcome() != Outcome.NOT_STARTED;
    }

    /** Called on the threads of the shards. */
    private Answer<GateLook> look(Target target) {
        var look = GateLook.at(target.queue(), target.keys());
        if (look.isHopeless()) {
            hopeless.set(true);
        }
        return new Answer<>(look, look.exitCode(), look.json(target.name()), screen -> {});
    }

    private boolean isDecided() {
        return results.values().stream().allMatch(ShardGate::isOpen)
                || results.values().stream().anyMatch(ShardGate::isHopeless);
    }

    private static boolean isOpen(ShardResult<Answer<GateLook>> result) {
        return result.isWell();
    }

    private static boolean isHopeless(ShardResult<Answer<GateLook>> result) {
        var answer = result.value();
        if (answer != null) {
            return answer.value().isHopeless();
        }
        var failure = result.failure();
        return result.outcome() == Outcome.FAILED || (failure != null && Failures.refusesLogin(failure));
    }

    private void tell(ShardResult<Answer<GateLook>> result) {
        var answer = result.value();
        var state = answer == null
                ? result.outcome().name()
                : answer.value().readiness().state().name();
        var message = answer == null
                ? Objects.requireNonNullElse(new ShardsPage(common).error(result), "")
                : answer.value().readiness().message();
        if (!(state + message).equals(told.put(result.shard(), state + message))) {
            (common.json() ? common.err() : common.out())
                    .line(Span.strong(result.shard() + "  " + state + "  "), Span.plain(message));
        }
    }
}
