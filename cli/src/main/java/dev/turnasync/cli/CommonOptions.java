package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.MigrationListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.ToIntFunction;
import javax.sql.DataSource;
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
    private int answerTimeout;

    CommonOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.connection = new ConnectionOptions(surroundings);
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

    void printLine(ObjectNode answer) {
        surroundings.out().println(Json.line(answer));
    }

    boolean colors() {
        return output.colors(surroundings);
    }

    /** How wide the answer may be. */
    int columns() {
        var terminal = surroundings.terminal();
        return terminal.interactive() ? terminal.columns() : Integer.MAX_VALUE;
    }

    Hints hints(@Nullable ClassOptions classes) {
        return classes == null
                ? new Hints(connection.repeated(), List.of())
                : new Hints(
                        connection.repeated(),
                        classes.repeated(),
                        found(classes).given());
    }

    /** The class options, completed with the configuration file. */
    ClassOptions found(ClassOptions classes) {
        return classes.or(connection.file());
    }

    /** Opens the queue for a look at it: a database that falls silent is given up. */
    int look(ClassOptions classes, ToIntFunction<AsyncMigrations> action) {
        answerTimeout = Request.Manner.LOOK.longestAnswer();
        return run(classes, action);
    }

    /** Logs in for an action that needs no queue. */
    int database(int longestAnswer, ToIntFunction<DataSource> action) {
        answerTimeout = longestAnswer;
        var logs = Logs.to(err(), output.verbose);
        try {
            return action.applyAsInt(login());
        } finally {
            logs.close();
        }
    }

    private DataSource login() {
        var file = connection.file().file();
        if (output.verbose) {
            err().line("INFO configuration file: " + (file == null ? "none" : file.toString()));
        }
        return new Login(connection, surroundings, answerTimeout).open();
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
                .dataSource(login())
                .table(connection.table())
                .locations(classes.effectiveLocations().toArray(String[]::new));
        connection.schema().ifPresent(configuration::defaultSchema);
        return configuration.load();
    }
}
