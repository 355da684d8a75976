package dev.turnasync.cli;

import dev.turnasync.AsyncMigrationsBuilder;
import dev.turnasync.Shard;
import dev.turnasync.ShardResults;
import dev.turnasync.Shards;
import dev.turnasync.cli.QueueAction.Target;
import dev.turnasync.cli.Request.Manner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** The chosen shards, and the one place where the command line works in them. */
final class Fleet implements AutoCloseable {

    private final ShardOptions options;
    private final CommonOptions common;
    private final Request request;
    private final Logs logs;
    private final URLClassLoader loader;
    private final Shards shards;
    private final Map<String, List<String>> keys;

    private Fleet(ShardOptions options, CommonOptions common, Request request) {
        this.options = options;
        this.common = common;
        this.request = request;
        var file = options.requireFile();
        this.shards = read(file);
        this.keys = ShardChoice.of(shards, options, request.keys());
        this.loader = MigrationClassPath.open(request.found(common).jars);
        this.logs = Logs.to(common.err(), common.output.verbose);
    }

    /**
     * Reads the file and chooses; connects to no shard.
     *
     * @throws CliException if the file or the choice is wrong
     */
    static Fleet open(ShardOptions options, CommonOptions common, Request request) {
        return new Fleet(options, common, request);
    }

    /** The chosen shards, in their order. */
    Set<String> ids() {
        return keys.keySet();
    }

    /** Works in some of the chosen shards, side by side, and begins none after the other says no. */
    <T> ShardResults<Answer<T>> ask(Collection<String> ids, QueueAction<T> action, BooleanSupplier mayBegin) {
        return shards.only(ids.toArray(String[]::new))
                .forEach(shard -> answer(shard, action), Answer::isWell, mayBegin);
    }

    /** Works in some of the chosen shards, side by side; when it drains, the canaries first. */
    <T> ShardResults<Answer<T>> ask(Collection<String> ids, QueueAction<T> action) {
        var some = shards.only(ids.toArray(String[]::new));
        return request.manner() == Manner.DRAIN
                ? some.rollOut(shard -> drained(shard, action), Answer::isWell)
                : some.forEach(shard -> answer(shard, action), Answer::isWell);
    }

    private <T> Answer<T> answer(Shard shard, QueueAction<T> action) {
        var wanted = Objects.requireNonNull(keys.get(shard.id()));
        return action.on(new Target(shard.async(), hints(shard.id()), wanted, shard.id()));
    }

    /** A drain does not throw when the database goes away; so it is asked when there is something left to do. */
    private <T> Answer<T> drained(Shard shard, QueueAction<T> action) throws SQLException {
        var answer = answer(shard, action);
        if (!answer.isWell()) {
            shard.flyway().getConfiguration().getDataSource().getConnection().close();
        }
        return answer;
    }

    private Hints hints(String shard) {
        var classes = request.classes();
        return new Hints(
                options.repeated(shard),
                classes == null ? List.of() : classes.repeated(),
                classes != null && request.found(common).given());
    }

    private Shards read(Path file) {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw CliException.usage("cannot read --shards " + file);
        }
        if (PrivateFile.hasPassword(file)) {
            PrivateFile.warn(file, common.surroundings());
        }
        try {
            var builder = Shards.builder().properties(file, this::flyway).options(this::withNarrator);
            if (options.atOnce != null) {
                builder.atOnce(options.atOnce);
            }
            return builder.build();
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    private AsyncMigrationsBuilder withNarrator(String shard, AsyncMigrationsBuilder builder) {
        var screen = common.json() ? common.err() : common.out();
        return request.manner() == Manner.DRAIN ? builder.onEvent(new DrainNarrator(screen, shard + "  ")) : builder;
    }

    /** The same database, but with the class path and the patience of the command line. */
    private FluentConfiguration flyway(FluentConfiguration named) {
        var source = new Login(
                        common.connection,
                        common.surroundings(),
                        request.manner().longestAnswer())
                .source(named.getUrl(), named.getUser(), named.getPassword());
        var configuration = Flyway.configure(loader)
                .dataSource(source)
                .table(named.getTable())
                .locations(request.found(common).effectiveLocations().toArray(String[]::new));
        return named.getDefaultSchema() == null ? configuration : configuration.defaultSchema(named.getDefaultSchema());
    }

    @Override
    public void close() {
        shards.close();
        logs.close();
        try {
            loader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
