package dev.turnasync;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.ErrorReports;
import java.sql.SQLException;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * One shard while it is worked on. Nothing is opened before it is asked for, and all is closed when the work ends. For use by the
 * thread that works.
 */
public final class Shard {

    private static final System.Logger LOG = System.getLogger(Shard.class.getName());

    private final String id;
    private final Supplier<Flyway> source;
    private final BiFunction<String, AsyncMigrationsBuilder, AsyncMigrationsBuilder> options;
    private @Nullable Flyway flyway;
    private @Nullable AsyncMigrations async;

    Shard(
            String id,
            Supplier<Flyway> source,
            BiFunction<String, AsyncMigrationsBuilder, AsyncMigrationsBuilder> options) {
        this.id = id;
        this.source = source;
        this.options = options;
    }

    /**
     * Returns the shard's id.
     *
     * @return for example {@code eu-1}
     */
    public String id() {
        return id;
    }

    /**
     * Returns the shard's Flyway.
     *
     * @return always the same while the work lasts
     */
    public Flyway flyway() {
        var made = flyway;
        if (made == null) {
            made = source.get();
            flyway = made;
        }
        return made;
    }

    /**
     * Returns the shard's queue and worker, which are opened at the first call.
     *
     * @return always the same while the work lasts
     * @throws AsyncMigrationException if the database cannot be reached or is not supported
     */
    public AsyncMigrations async() {
        var open = async;
        if (open == null) {
            var builder = AsyncMigrations.builder(flyway()).endWithLease();
            open = options.apply(id, builder)
                    .shard(id)
                    .leaveShutdownToApplication()
                    .build();
            async = open;
        }
        return open;
    }

    void close() {
        if (async != null) {
            async.close();
        }
    }

    /** Whether a failure means that the database is away; where the error does not say so, the database is asked. */
    boolean isAway(Throwable failure) {
        return ErrorReports.isAway(failure) || !answers();
    }

    /** Whether a connection can be made now. */
    boolean answers() {
        try {
            var database = flyway().getConfiguration().getDataSource();
            if (database != null) {
                database.getConnection().close();
            }
            return true;
        } catch (SQLException | FlywayException e) {
            LOG.log(System.Logger.Level.DEBUG, "the database of shard " + id + " is away", e);
            return false;
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "shard " + id + " has no Flyway", e);
            return true;
        }
    }
}
