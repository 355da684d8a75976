package dev.turnasync.flyway;

import java.util.Map;
import org.flywaydb.core.extensibility.ConfigurationExtension;
import org.flywaydb.core.extensibility.Plugin;
import org.jspecify.annotations.Nullable;

/**
 * TurnAsync's settings among Flyway's own: such as {@code flyway.turnasync.mode} in properties, {@code [flyway.turnasync]
 * mode} in TOML, {@code FLYWAY_TURNASYNC_MODE} in the environment, or {@link #setMode} in code. A bean, since Flyway fills it by the
 * names of its fields.
 */
public final class TurnAsyncConfigurationExtension implements ConfigurationExtension {

    private static final Map<String, String> VARIABLES = Map.of(
            "FLYWAY_TURNASYNC_MODE", "flyway." + AsyncMode.PROPERTY,
            "FLYWAY_TURNASYNC_MIGRATE", "flyway." + MigrateMode.PROPERTY,
            "FLYWAY_TURNASYNC_MIGRATE_TIMEOUT", "flyway." + MigrateMode.TIMEOUT_PROPERTY);

    private @Nullable String mode;
    private @Nullable String migrate;
    private @Nullable String migrateTimeout;

    // No settings: what the hook changed of Flyway's own ones, so that it can undo it in a copy of the configuration.
    private @Nullable Integer lockRetryCountRaisedTo;
    private boolean createSchemasTurnedOff;

    /** Creates the settings; called by Flyway. */
    public TurnAsyncConfigurationExtension() {
        // Spelled out because ServiceLoader wants it public.
    }

    /**
     * Returns the mode as it was set.
     *
     * @return {@code queue} or {@code inline}; null when it was not set
     */
    public @Nullable String getMode() {
        return mode;
    }

    /**
     * Sets the mode. The system property {@code turnasync.mode} and the environment variable {@code TURNASYNC_MODE} go
     * before it.
     *
     * @param mode {@code queue} or {@code inline}; null for the default
     */
    public void setMode(@Nullable String mode) {
        this.mode = mode;
    }

    /**
     * Returns what {@code migrate} does on this node, as it was set.
     *
     * @return {@code run}, {@code skip} or {@code wait}; null when it was not set
     */
    public @Nullable String getMigrate() {
        return migrate;
    }

    /**
     * Sets what {@code migrate} does on this node. The system property {@code turnasync.migrate} and the environment variable
     * {@code TURNASYNC_MIGRATE} go before it.
     *
     * @param migrate {@code run}, {@code skip} or {@code wait}; null for the default
     */
    public void setMigrate(@Nullable String migrate) {
        this.migrate = migrate;
    }

    /**
     * Returns how long {@code migrate} waits for another node, as it was set.
     *
     * @return a duration such as {@code 10m}; null when it was not set
     */
    public @Nullable String getMigrateTimeout() {
        return migrateTimeout;
    }

    /**
     * Sets how long {@code migrate} waits for another node. The system property {@code turnasync.migrateTimeout} and the
     * environment variable {@code TURNASYNC_MIGRATE_TIMEOUT} go before it.
     *
     * @param migrateTimeout a duration such as {@code 90s}, {@code 10m} or {@code PT10M}; null for the default
     */
    public void setMigrateTimeout(@Nullable String migrateTimeout) {
        this.migrateTimeout = migrateTimeout;
    }

    @Nullable
    Integer lockRetryCountRaisedTo() {
        return lockRetryCountRaisedTo;
    }

    void lockRetryCountRaisedTo(@Nullable Integer count) {
        this.lockRetryCountRaisedTo = count;
    }

    boolean createSchemasTurnedOff() {
        return createSchemasTurnedOff;
    }

    void createSchemasTurnedOff(boolean off) {
        this.createSchemasTurnedOff = off;
    }

    /**
     * Returns the namespace of the settings.
     *
     * @return {@code turnasync}
     */
    @Override
    public String getNamespace() {
        return "turnasync";
    }

    /**
     * Returns the setting that an environment variable stands for.
     *
     * @param environmentVariable the variable's name
     * @return the setting's name; null when the variable is not one of these
     */
    @Override
    public @Nullable String getConfigurationParameterFromEnvironmentVariable(String environmentVariable) {
        return VARIABLES.get(environmentVariable);
    }

    /**
     * Returns a copy. Flyway's own way to copy needs Jackson, which is optional since Flyway 13.12.
     *
     * @return a copy with the same values
     */
    @Override
    public Plugin copy() {
        var copy = new TurnAsyncConfigurationExtension();
        copy.setMode(mode);
        copy.setMigrate(migrate);
        copy.setMigrateTimeout(migrateTimeout);
        copy.lockRetryCountRaisedTo(lockRetryCountRaisedTo);
        copy.createSchemasTurnedOff(createSchemasTurnedOff);
        return copy;
    }
}
