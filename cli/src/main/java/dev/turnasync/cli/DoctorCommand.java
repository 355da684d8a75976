package dev.turnasync.cli;

import dev.turnasync.api.QueueReport.Examined;
import dev.turnasync.api.QueueReport.Level;
import dev.turnasync.cli.Span.Tone;
import dev.turnasync.flyway.MigrationRegistry;
import dev.turnasync.jdbc.Doctor;
import dev.turnasync.jdbc.QueueNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync doctor}: is everything around the queue as it should be. */
@Command(
        name = "doctor",
        description = {
            "Examines what a queue needs around it and tells what to do next. Changes nothing.",
            "Looks at the server, poolers, timeouts, notifications, clocks, the tables and this user's rights on them; with"
                    + " --jar also at the migration classes. Run it as the user and on the machine of a worker."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync doctor",
            "  turnasync doctor --jar app.jar --location classpath:com/shop/migration",
            "  turnasync doctor --json | jq '.examined[] | select(.level != \"OK\")'",
            "",
            "Exit code 0 also with warnings, 1 with a problem.",
            "JSON: queue, problems, warnings, examined[] of name, level, message, nextStep."
        })
final class DoctorCommand implements Callable<Integer> {

    private static final int LONGEST_ANSWER = 30;
    private static final int LABEL = 9;

    @Mixin
    private final CommonOptions common;

    @Mixin
    private final ClassOptions classes = new ClassOptions();

    DoctorCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        return common.database(LONGEST_ANSWER, this::examine);
    }

    private int examine(DataSource database) {
        var options = common.connection;
        var queue = QueueNames.of(database, options.schema().orElse(null), options.table());
        var results = new ArrayList<>(
                new Doctor(database, queue, common.surroundings().clock()).examine());
        results.add(classes(database));
        if (common.json()) {
            json(queue.toString(), results);
        } else {
            results.forEach(this::print);
            common.out()
                    .line(EntryTexts.plural(count(results, Level.PROBLEM), "problem", "problems") + ", "
                            + EntryTexts.plural(count(results, Level.WARNING), "warning", "warnings") + " for "
                            + queue);
        }
        return count(results, Level.PROBLEM) == 0 ? ExitCode.OK : ExitCode.ATTENTION;
    }

    /** Whether Flyway sees the plugin beside the classes, and how many of them are async. */
    private Examined classes(DataSource database) {
        var found = common.found(classes);
        if (!found.given()) {
            return new Examined("classes", Level.OK, "not looked at: give --jar FILE", null);
        }
        try (var loader = MigrationClassPath.open(found.jars)) {
            var registry = MigrationRegistry.of(Flyway.configure(loader)
                    .dataSource(database)
                    .locations(found.effectiveLocations().toArray(String[]::new))
                    .load()
                    .getConfiguration());
            if (!registry.hookInstalled()) {
                return new Examined(
                        "classes",
                        Level.PROBLEM,
                        "Flyway does not see TurnAsync's plugin, so migrate would run @Async migrations itself",
                        "put turnasync-core on the class path that loads Flyway, and leave turnasync.mode at queue");
            }
            var count = registry.all().size();
            return count > 0
                    ? new Examined(
                            "classes",
                            Level.OK,
                            EntryTexts.plural(count, "async migration", "async migrations") + " in "
                                    + String.join(", ", found.effectiveLocations()),
                            null)
                    : new Examined(
                            "classes",
                            Level.WARNING,
                            "no async migration in " + String.join(", ", found.effectiveLocations()),
                            "look at --jar and --location, and whether the classes are @Async");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long count(List<Examined> results, Level level) {
        return results.stream().filter(result -> result.level() == level).count();
    }

    private void print(Examined result) {
        var tone = switch (result.level()) {
            case OK -> Tone.GOOD;
            case WARNING -> Tone.WARNING;
            case PROBLEM -> Tone.BAD;
        };
        var out = common.out();
        out.line(
                new Span(tone, PlainText.pad(result.level().name(), LABEL)),
                Span.strong(result.name() + "  "),
                Span.plain(result.message()));
        var next = result.nextStep();
        if (next != null) {
            out.line(
                    Span.faint(PlainText.pad("  next", LABEL)),
                    Span.plain(common.hints(classes).text(next)));
        }
    }

    private void json(String queue, List<Examined> results) {
        var node = Json.object()
                .put("queue", queue)
                .put("problems", count(results, Level.PROBLEM))
                .put("warnings", count(results, Level.WARNING));
        var examined = node.putArray("examined");
        results.forEach(result -> examined.addObject()
                .put("name", result.name())
                .put("level", result.level().name())
                .put("message", result.message())
                .put(
                        "nextStep",
                        result.nextStep() == null ? null : common.hints(classes).text(result.nextStep())));
        common.print(node);
    }
}
