package dev.turnasync.flyway;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.Configuration;

/**
 * What {@link MigrateMode} changes of Flyway's own settings: how often it tries for its lock, once a second, and whether it
 * creates schemas.
 */
record FleetSettings(Configuration configuration, IntConsumer lockRetryCount, Consumer<Boolean> createSchemas) {

    /** Flyway's default; a value that differs from it is the user's own and stays. */
    private static final int DEFAULT_LOCK_RETRY_COUNT = 50;

    /**
     * Changes them as the mode wants.
     *
     * @throws FlywayException if the mode is not {@code run} and Flyway does not see the plugin, which alone can keep it
     */
    void install() {
        var mode = MigrateMode.of(configuration);
        var extension = FlywayInternals.extension(configuration);
        if (extension == null) {
            refuseWithoutPlugin(mode);
            return;
        }
        if (mode == MigrateMode.RUN) {
            if (configuration.getLockRetryCount() == DEFAULT_LOCK_RETRY_COUNT) {
                var tries = tries();
                lockRetryCount.accept(tries);
                extension.lockRetryCountRaisedTo(tries);
            }
        } else if (configuration.isCreateSchemas()) {
            createSchemas.accept(false);
            extension.createSchemasTurnedOff(true);
        }
    }

    /** Gives the user's own values back. */
    void uninstall() {
        var extension = FlywayInternals.extension(configuration);
        if (extension == null) {
            return;
        }
        var raisedTo = extension.lockRetryCountRaisedTo();
        if (raisedTo != null && raisedTo == configuration.getLockRetryCount()) {
            lockRetryCount.accept(DEFAULT_LOCK_RETRY_COUNT);
        }
        extension.lockRetryCountRaisedTo(null);
        if (extension.createSchemasTurnedOff()) {
            createSchemas.accept(true);
        }
        extension.createSchemasTurnedOff(false);
    }

    private int tries() {
        var seconds = MigrateMode.timeout(configuration).plusMillis(999).toSeconds();
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, seconds));
    }

    private static void refuseWithoutPlugin(MigrateMode mode) {
        if (mode != MigrateMode.RUN) {
            throw new FlywayException(
                    MigrateMode.PROPERTY + "=" + mode + " needs Flyway to see TurnAsync's plugin, which it"
                            + " does not: put turnasync-core on the class path that has flyway-core.");
        }
    }
}
