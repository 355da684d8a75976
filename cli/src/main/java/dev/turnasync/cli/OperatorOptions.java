package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.SchemaMismatchException;
import java.util.function.BiFunction;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands that change an entry have in common: a key, who asks, and an answer that says how the entry is now. */
final class OperatorOptions {

    @Parameters(paramLabel = "KEY", description = "A version, such as 7 or V7, or R__ and the description.")
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

    OperatorOptions(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    /** Makes the change and prints the entry, or tells why it was refused. */
    int change(ClassOptions classes, Function<MigrationQueue, QueueEntry> change) {
        requireActor();
        return common.run(common.found(classes), async -> {
            var entry = changed(async, classes, change);
            if (common.json()) {
                common.print(json(async, entry));
            } else {
                print(entry);
            }
            return ExitCode.OK;
        });
    }

    /** Makes a change that a running entry may obey later, and prints the entry and what happens next. */
    int ask(Function<MigrationQueue, QueueEntry> change, BiFunction<QueueEntry, Hints, String> next) {
        requireActor();
        var classes = new ClassOptions();
        return common.run(classes, async -> {
            var entry = changed(async, classes, change);
            var note = next.apply(entry, common.hints(null));
            if (common.json()) {
                common.print(json(async, entry).put("note", note));
            } else {
                print(entry);
                common.out().line(Span.faint("  next  "), Span.plain(note));
            }
            return ExitCode.OK;
        });
    }

    boolean isDryRun() {
        return dryRun;
    }

    private ObjectNode json(AsyncMigrations async, QueueEntry entry) {
        return EntryJson.one(async.queueName(), entry).put("dryRun", dryRun);
    }

    private void requireActor() {
        if (actor.isBlank()) {
            throw CliException.usage("--actor must not be blank");
        }
    }

    private void print(QueueEntry entry) {
        var reason = entry.reason() == null ? "" : " (" + entry.reason() + ")";
        common.out()
                .line(
                        Span.strong(entry.label()),
                        Span.plain(dryRun ? " would be " : " is "),
                        Span.of(entry.status()),
                        Span.plain(reason));
    }

    private QueueEntry changed(
            AsyncMigrations async, ClassOptions classes, Function<MigrationQueue, QueueEntry> change) {
        try {
            return change.apply(dryRun ? async.queue().dryRun() : async.queue());
        } catch (SchemaMismatchException e) {
            throw e;
        } catch (AsyncMigrationException e) {
            if (e.getCause() != null) {
                throw e;
            }
            throw CliException.refused(
                    common.hints(classes).text(String.valueOf(e.getMessage()).strip()) + standing(async), e);
        }
    }

    /** Who was faster, most likely. */
    private String standing(AsyncMigrations async) {
        var now = common.surroundings().clock().instant();
        return async.queue()
                .find(key)
                .map(entry -> "\n" + entry.label() + " is " + entry.status() + " since "
                        + EntryTexts.time(entry.since()) + ", " + EntryTexts.ago(entry.since(), now)
                        + (entry.reason() == null ? "" : ": " + entry.reason()))
                .orElse("");
    }
}
