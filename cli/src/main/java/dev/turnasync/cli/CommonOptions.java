package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.MigrationListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.ToIntFunction;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** The options of every command, and the way from them to the queue. */
final class CommonOptions {

    @Mixin
    final ConnectionOptions connection;

    @Mixin
    final OutputOptions output = new OutputOptions();

    private final Surroundings surroundings;

    CommonOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.connection = new ConnectionOptions(surroundings.environment());
    }

    Surroundings surroundings() {
        return surroundings;
    }

    boolean json() {
        return output.json;
    }

    /** The answer's place. */
    Screen out() {
        return new Screen(surroundings.out(), output.colors(surroundings), Secrets::hideInUrls);
    }

    /** The place of errors and logs. */
    Screen err() {
        return new Screen(surroundings.err(), false, surroundings.secrets()::hide);
    }

    void print(ObjectNode answer) {
        surroundings.out().println(Json.text(answer));
    }

    Hints hints(@Nullable ClassOptions classes) {
        return new Hints(connection.repeated(), classes == null ? List.of() : classes.repeated());
    }

    /** Opens the queue for an action and closes it again. */
    int run(ClassOptions classes, ToIntFunction<AsyncMigrations> action) {
        return run(classes, event -> {}, action);
    }

    /** Opens the queue for an action that runs migrations. */
    int run(ClassOptions classes, MigrationListener listener, ToIntFunction<AsyncMigrations> action) {
        var logs = Logs.to(err(), output.verbose);
        try (var loader = MigrationClassPath.open(classes.jars);
                var async = AsyncMigrations.builder(flyway(classes, loader))
                        .onEvent(listener)
                        .build()) {
            return action.applyAsInt(async);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            logs.close();
        }
    }

    private Flyway flyway(ClassOptions classes, ClassLoader loader) {
        var configuration = Flyway.configure(loader)
                .dataSource(new Login(connection, surroundings).open())
                .table(connection.table)
                .locations(classes.effectiveLocations().toArray(String[]::new));
        if (connection.schema != null) {
            configuration.defaultSchema(connection.schema);
        }
        return configuration.load();
    }
}
