package dev.turnasync.cli;

import dev.turnasync.ShardResults;
import dev.turnasync.cli.QueueAction.Target;
import dev.turnasync.cli.Request.Manner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose shards, and the way from them to an answer; without them it is that of the only queue. */
final class ShardOptions {

    @Option(
            names = "--shards",
            paramLabel = "FILE",
            description =
                    "A properties file that names many databases, instead of --url; choose by --shard, --all-shards or a"
                            + " key such as eu-1/7. Default: environment TURNASYNC_SHARDS, then shards.file of turnasync.properties."
                            + " JSON over shards: shards[] of shard, outcome, error and the fields below; verdict, count.")
    @Nullable
    Path file;

    @Option(
            names = "--shard",
            paramLabel = "ID",
            description = "A shard of the file, or a pattern such as 'eu-*'. May be given many times.")
    List<String> ids = List.of();

    @Option(names = "--all-shards", description = "Every shard of the file.")
    boolean all;

    @Option(
            names = "--at-once",
            paramLabel = "N",
            description = "How many shards at once. Default: shards.at-once of the file, then 4.")
    @Nullable
    Integer atOnce;

    private final CommonOptions common;

    ShardOptions(CommonOptions common) {
        this.common = common;
    }

    /** Answers for the only queue, or for each of the chosen shards. */
    <T> int answer(Request request, QueueAction<T> action) {
        return answer(request, action, results -> {});
    }

    /**
     * The same.
     *
     * @param first prints what people see of all shards together, before what each of them answers
     */
    <T> int answer(Request request, QueueAction<T> action, Consumer<ShardResults<Answer<T>>> first) {
        if (!areWanted(request.keys())) {
            return alone(request, action);
        }
        try (var fleet = Fleet.open(this, common, request)) {
            var results = fleet.ask(fleet.ids(), action);
            if (!common.json()) {
                first.accept(results);
            }
            return new ShardsPage(common).print(results);
        }
    }

    private int alone(Request request, QueueAction<?> action) {
        var classes = request.found(common);
        var hints = common.hints(request.classes());
        if (request.manner() == Manner.LOOK) {
            return common.look(classes, async -> print(action.on(new Target(async, hints, request.keys(), null))));
        }
        var narrator = new DrainNarrator(common.json() ? common.err() : common.out(), "");
        return common.run(classes, narrator, async -> print(action.on(new Target(async, hints, request.keys(), null))));
    }

    private int print(Answer<?> answer) {
        if (common.json()) {
            common.print(answer.json());
        } else {
            answer.page().accept(common.out());
        }
        return answer.exitCode();
    }

    /**
     * Whether shards are meant. A file that only the surroundings name is used when shards are chosen, and changes nothing else.
     *
     * @throws CliException if an option for shards is given without what it needs
     */
    boolean areWanted(List<String> keys) {
        if (all && !ids.isEmpty()) {
            throw CliException.usage("give --shard or --all-shards, not both");
        }
        if (atOnce != null && atOnce < 1) {
            throw CliException.usage("--at-once must be at least 1: " + atOnce);
        }
        var wanted =
                file != null || areNamed() || (keys.stream().anyMatch(ShardChoice::namesAShard) && known().isPresent());
        if (atOnce != null && !wanted) {
            throw CliException.usage("--at-once is for shards: give --shards FILE with --shard ID or --all-shards");
        }
        return wanted;
    }

    /** Whether options choose the shards, and not the keys. */
    boolean areNamed() {
        return all || !ids.isEmpty();
    }

    /**
     * The file to read.
     *
     * @throws CliException if nothing names one, or options of a single database are given beside it
     */
    Path requireFile() {
        var connection = common.connection;
        connection.firstOfOneDatabase().ifPresent(option -> {
            throw CliException.usage(option + " is for one database; the file of --shards says it for each shard");
        });
        return known().orElseThrow(
                        () -> CliException.usage(
                                "no shards: give --shards FILE or set TURNASYNC_SHARDS, or write shards.file into turnasync.properties"));
    }

    private Optional<Path> known() {
        var surroundings = common.surroundings();
        var variable = surroundings.environment().getOrDefault("TURNASYNC_SHARDS", "");
        return Optional.ofNullable(file)
                .or(() -> Optional.of(variable).filter(text -> !text.isBlank()).map(Path::of))
                .or(() -> Optional.ofNullable(common.connection.file().shards()))
                .map(surroundings.directory()::resolve);
    }

    /** The options as a person would have to repeat them to reach one shard. */
    List<String> repeated(String shard) {
        var words = new ArrayList<String>();
        if (file != null) {
            words.addAll(List.of("--shards", file.toString()));
        }
        words.addAll(List.of("--shard", shard));
        words.addAll(common.connection.repeated());
        return words;
    }
}
