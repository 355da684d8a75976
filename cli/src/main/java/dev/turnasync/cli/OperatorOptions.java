package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.cli.QueueAction.Target;
import dev.turnasync.cli.Request.Manner;
import java.util.List;
import java.util.function.BiFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands that change an entry have in common: a key, who asks, and an answer that says how the entry is now. */
final class OperatorOptions {

    @Parameters(
            paramLabel = "KEY",
            description = "A version, such as 7 or V7, or R__ and the description; in a shard eu-1/7.")
    String key = "";

    @Option(
            names = "--actor",
            paramLabel = "NAME",
            description =
                    "Who asks for it; recorded with the change. Default: the name of the operating system's user.")
    String actor = System.getProperty("user.name", "unknown");

    @Option(names = "--dry-run", description = "Make every check and print what would be, but change nothing.")
    boolean dryRun;

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ShardOptions shards;

    OperatorOptions(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
        this.shards = new ShardOptions(common);
    }

    /** Makes the change and tells how the entry is now, or why it was refused. */
    int change(ClassOptions classes, BiFunction<MigrationQueue, String, QueueEntry> change) {
        requireActor();
        return shards.answer(new Request(classes, List.of(key), Manner.CHANGE), target -> {
            var entry = changed(target, change);
            return new Answer<>(entry, ExitCode.OK, json(target, entry), screen -> print(screen, entry));
        });
    }

    /** Makes a change that a running entry may obey later, and tells how the entry is now and what happens next. */
    int ask(BiFunction<MigrationQueue, String, QueueEntry> change, BiFunction<QueueEntry, Hints, String> next) {
        requireActor();
        return shards.answer(new Request(null, List.of(key), Manner.CHANGE), target -> {
            var entry = changed(target, change);
            var note = next.apply(entry, target.hints());
            return new Answer<>(entry, ExitCode.OK, json(target, entry).put("note", note), screen -> {
                print(screen, entry);
                screen.line(Span.faint("  next  "), Span.plain(note));
            });
        });
    }

    boolean isDryRun() {
        return dryRun;
    }

    private ObjectNode json(Target target, QueueEntry entry) {
        return EntryJson.one(target.name(), entry).put("dryRun", dryRun);
    }

    private void requireActor() {
        if (actor.isBlank()) {
            throw CliException.usage("--actor must not be blank");
        }
    }

    private void print(Screen screen, QueueEntry entry) {
        var reason = entry.reason() == null ? "" : " (" + entry.reason() + ")";
        screen.line(
                Span.strong(entry.label()),
                Span.plain(dryRun ? " would be " : " is "),
                Span.of(entry.status()),
                Span.plain(reason));
    }

    private QueueEntry changed(Target target, BiFunction<MigrationQueue, String, QueueEntry> change) {
        var queue = target.queue();
        try {
            return change.apply(dryRun ? queue.dryRun() : queue, target.key());
        } catch (SchemaMismatchException e) {
            throw e;
        } catch (AsyncMigrationException e) {
            if (e.getCause() != null) {
                throw e;
            }
            throw CliException.refused(
                    target.hints().text(String.valueOf(e.getMessage()).strip()) + standing(target), e);
        }
    }

    /** Who was faster, most likely. */
    private String standing(Target target) {
        var now = common.surroundings().clock().instant();
        return target.queue()
                .find(target.key())
                .map(entry -> "\n" + entry.label() + " is " + entry.status() + " since "
                        + EntryTexts.time(entry.since()) + ", " + EntryTexts.ago(entry.since(), now)
                        + (entry.reason() == null ? "" : ": " + entry.reason()))
                .orElse("");
    }
}
