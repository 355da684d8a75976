package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.ShardResult;
import dev.turnasync.ShardResult.Outcome;
import dev.turnasync.ShardResults;
import dev.turnasync.cli.Span.Tone;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says how each shard answered, in their order and none hidden, and how many ended in which way.
 *
 * @param common where to and how
 */
record ShardsPage(CommonOptions common) {

    private static final String GAP = "  ";
    private static final String HEADING = "SHARD";
    private static final String OUTCOME = "OUTCOME";
    private static final int OUTCOME_WIDTH = Outcome.NOT_STARTED.name().length();

    /** Prints all answers and returns the exit code, which is that of the worst shard. */
    <T> int print(ShardResults<Answer<T>> results) {
        if (common.json()) {
            common.print(json(results));
        } else {
            lines(results);
            total(results);
        }
        return exitCode(results);
    }

    <T> ObjectNode json(ShardResults<Answer<T>> results) {
        var node = Json.object();
        var shards = node.putArray("shards");
        for (var result : results.all()) {
            var shard = shards.addObject()
                    .put("shard", result.shard())
                    .put("outcome", result.outcome().name())
                    .put("error", error(result));
            var answer = result.value();
            if (answer != null) {
                shard.setAll(answer.json());
            }
        }
        var count = node.put("verdict", results.verdict().name()).putObject("count");
        for (var outcome : Outcome.values()) {
            count.put(outcome.name(), results.shards(outcome).size());
        }
        return node;
    }

    static <T> int exitCode(ShardResults<Answer<T>> results) {
        return results.all().stream().mapToInt(ShardsPage::exitCode).reduce(ExitCode.OK, ExitCode::worse);
    }

    private static <T> int exitCode(ShardResult<Answer<T>> result) {
        var answer = result.value();
        if (answer != null) {
            return answer.exitCode();
        }
        var failure = result.failure();
        if (failure == null) {
            return ExitCode.ATTENTION;
        }
        return result.outcome() == Outcome.UNREACHABLE ? ExitCode.UNREACHABLE : Failures.exitCode(failure);
    }

    private <T> void lines(ShardResults<Answer<T>> results) {
        var width = results.all().stream()
                .mapToInt(result -> result.shard().length())
                .reduce(HEADING.length(), Math::max);
        common.out().line(Span.strong(PlainText.pad(HEADING, width) + GAP + OUTCOME));
        for (var result : results.all()) {
            var shard = Span.strong(PlainText.pad(result.shard(), width) + GAP);
            var outcome = new Span(
                    tone(result.outcome()), PlainText.pad(result.outcome().name(), OUTCOME_WIDTH) + GAP);
            var others = List.of(shard, Span.plain(" ".repeat(OUTCOME_WIDTH) + GAP));
            common.out().beside(List.of(shard, outcome), others, screen -> print(result, screen));
        }
    }

    private <T> void print(ShardResult<Answer<T>> result, Screen screen) {
        var answer = result.value();
        if (answer == null) {
            var error = error(result);
            screen.block(
                    "",
                    error == null ? "not begun: a shard before it did not end well, or the work was stopped" : error);
        } else {
            answer.page().accept(screen);
        }
    }

    /** Counts the shards, such as {@code 3 shards: 2 DONE, 1 UNREACHABLE}. */
    <T> void total(ShardResults<Answer<T>> results) {
        var counts = new ArrayList<String>();
        for (var outcome : Outcome.values()) {
            var count = results.shards(outcome).size();
            if (count > 0) {
                counts.add(count + " " + outcome);
            }
        }
        common.out()
                .line(
                        Span.strong(EntryTexts.plural(results.all().size(), "shard", "shards")),
                        Span.plain(": " + String.join(", ", counts)));
    }

    /** What went wrong in a shard; null when it answered or was not begun. The database's own words where it is away. */
    @Nullable
    String error(ShardResult<?> result) {
        var failure = result.failure();
        if (failure == null) {
            return null;
        }
        var text = result.outcome() == Outcome.UNREACHABLE
                ? result.message().substring((result.shard() + ": " + result.outcome() + ": ").length())
                : Failures.message(failure);
        return common.surroundings().secrets().hide(text);
    }

    private static Tone tone(Outcome outcome) {
        return switch (outcome) {
            case DONE -> Tone.GOOD;
            case NOT_STARTED -> Tone.FAINT;
            case ATTENTION -> Tone.WARNING;
            case UNREACHABLE, FAILED -> Tone.BAD;
        };
    }
}
