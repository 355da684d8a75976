package dev.turnasync.flyway;

import dev.turnasync.jdbc.ErrorReports;
import dev.turnasync.jdbc.HistoryMark;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Waits until Flyway's history lists as applied all that this build has, and only reads for it.
 *
 * <ol>
 *   <li>Ask a copy of the Flyway instance, without its callbacks, for {@code info}.
 *   <li>A failed migration ends the wait with an error; no pending one ends it well, after {@code validate} where
 *       {@code migrate} would validate.
 *   <li>Else, and while the database is away, look again after about a second, up to the timeout. As long as the history has not
 *       changed, a look asks no more than that.
 * </ol>
 *
 * For use by one thread.
 */
final class HistoryWait {

    private static final Logger LOG = System.getLogger(HistoryWait.class.getName());

    /** How many missing migrations a message names. */
    private static final int NAMED = 10;

    private final Duration timeout;
    private final boolean validates;
    private final Flyway reader;
    private Optional<String> lastMark = Optional.empty();
    private String lastFound = "";

    HistoryWait(Configuration configuration) {
        this.timeout = MigrateMode.timeout(configuration);
        this.validates = configuration.isValidateOnMigrate();
        this.reader = Flyway.configure(configuration.getClassLoader())
                .configuration(configuration)
                .callbacks(new Callback[0])
                .skipDefaultCallbacks(true)
                .connectRetries(0)
                .load();
    }

    /**
     * Waits.
     *
     * @throws FlywayException if a migration failed, the time is up, the thread was interrupted, or {@code validate} finds
     *     something
     */
    void await() {
        var pause = new Pause(timeout);
        var missing = "";
        for (var found = look(); !found.isEmpty(); found = look()) {
            if (missing.isEmpty()) {
                LOG.log(Level.INFO, "{0}=wait: waiting up to {1} for {2}", MigrateMode.PROPERTY, timeout, found);
            }
            missing = found;
            if (!pause.untilNextLook()) {
                throw new FlywayException(tooLong(pause, missing));
            }
        }
        if (validates) {
            validate();
        }
    }

    private static String tooLong(Pause pause, String missing) {
        return MigrateMode.PROPERTY + "=wait: " + pause.why() + " for another node to migrate; missing is " + missing
                + ". See why the node that migrates (turnasync.migrate=run) has not finished, or raise "
                + MigrateMode.TIMEOUT_PROPERTY + ".";
    }

    /** Says what is missing; empty when nothing is. */
    private String look() {
        try {
            var mark = mark();
            if (mark.isEmpty() || !mark.equals(lastMark)) {
                lastFound = ask();
                lastMark = mark;
            }
            return lastFound;
        } catch (FlywayException | SQLException e) {
            if (!ErrorReports.isConnectionLost(e)) {
                throw e instanceof FlywayException known ? known : new FlywayException(e);
            }
            LOG.log(Level.DEBUG, "the database is away", e);
            lastMark = Optional.empty();
            return "the database (" + String.valueOf(e.getMessage()).strip() + ")";
        }
    }

    private String ask() {
        var info = reader.info();
        refuseFailed(info.all());
        return names(Arrays.asList(info.pending()));
    }

    /** Changes with the history; empty where it cannot be told, and then Flyway is asked at each look. */
    private Optional<String> mark() throws SQLException {
        var configuration = reader.getConfiguration();
        try (var connection = configuration.getDataSource().getConnection()) {
            return HistoryMark.read(connection, schema(configuration), configuration.getTable());
        } catch (SQLException e) {
            if (ErrorReports.isConnectionLost(e)) {
                throw e;
            }
            LOG.log(Level.DEBUG, "the history cannot be read without Flyway", e);
            return Optional.empty();
        }
    }

    private static @Nullable String schema(Configuration configuration) {
        if (configuration.getDefaultSchema() != null) {
            return configuration.getDefaultSchema();
        }
        return configuration.getSchemas().length == 0 ? null : configuration.getSchemas()[0];
    }

    private static void refuseFailed(MigrationInfo[] all) {
        var failed =
                Arrays.stream(all).filter(info -> info.getState().isFailed()).toList();
        if (!failed.isEmpty()) {
            throw new FlywayException(MigrateMode.PROPERTY + "=wait: the history lists as failed: " + names(failed)
                    + ". Mend it on the node that migrates: see its log, then repair and migrate there.");
        }
    }

    private static String names(List<MigrationInfo> migrations) {
        var named = migrations.stream().limit(NAMED).map(HistoryWait::name).collect(Collectors.joining(", "));
        var more = migrations.size() - NAMED;
        return more > 0 ? named + " and " + more + " more" : named;
    }

    private static String name(MigrationInfo migration) {
        var version = migration.getVersion();
        return version == null ? "R__" + migration.getDescription() : "V" + version + " " + migration.getDescription();
    }

    private void validate() {
        var result = reader.validateWithResult();
        if (!result.validationSuccessful) {
            throw new FlywayException(
                    MigrateMode.PROPERTY + "=wait: the history holds all migrations of this build, but"
                            + " validate finds: " + result.getAllErrorMessages());
        }
    }
}
