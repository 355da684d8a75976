package dev.turnasync.cli;

import dev.turnasync.ShardResult;
import dev.turnasync.ShardResult.Outcome;
import dev.turnasync.ShardResults;
import dev.turnasync.cli.QueueAction.Target;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A gate over shards:
 *
 * <ol>
 *   <li>All shards that are not open yet are looked at, side by side.
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

    ShardGate(CommonOptions common, Fleet fleet) {
        this.common = common;
        this.fleet = fleet;
    }

    /** Waits, says how it ended, and returns the exit code. */
    int await(Deadline deadline) {
        look();
        while (!isDecided() && deadline.pause()) {
            look();
        }
        var all = new ShardResults<>(List.copyOf(results.values()));
        var page = new ShardsPage(common);
        if (common.json()) {
            return page.print(all);
        }
        if (!isDecided()) {
            common.out().line(deadline.gaveUp());
        }
        page.total(all);
        return ShardsPage.exitCode(all);
    }

    private void look() {
        var left = fleet.ids().stream().filter(id -> !isOpen(results.get(id))).toList();
        for (var result : fleet.ask(left, ShardGate::look).all()) {
            results.put(result.shard(), result);
            tell(result);
        }
    }

    private static Answer<GateLook> look(Target target) {
        var look = GateLook.at(target.queue(), target.keys());
        return new Answer<>(look, look.exitCode(), look.json(target.name()), screen -> {});
    }

    private boolean isDecided() {
        return results.values().stream().allMatch(ShardGate::isOpen)
                || results.values().stream().anyMatch(ShardGate::isHopeless);
    }

    private static boolean isOpen(@Nullable ShardResult<Answer<GateLook>> result) {
        return result != null && result.isWell();
    }

    private static boolean isHopeless(ShardResult<Answer<GateLook>> result) {
        var answer = result.value();
        if (answer != null) {
            return answer.value().isFinal() && !answer.value().isOpen();
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
