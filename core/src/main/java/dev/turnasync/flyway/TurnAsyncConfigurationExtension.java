package dev.turnasync.flyway;

import org.flywaydb.core.extensibility.ConfigurationExtension;
import org.flywaydb.core.extensibility.Plugin;
import org.jspecify.annotations.Nullable;

/**
 * TurnAsync's settings among Flyway's own: {@code flyway.turnasync.mode} in properties, {@code [flyway.turnasync] mode} in
 * TOML, {@code FLYWAY_TURNASYNC_MODE} in the environment, or {@link #setMode} in code. A bean, since Flyway fills it by the
 * names of its fields.
 */
public final class TurnAsyncConfigurationExtension implements ConfigurationExtension {

    private @Nullable String mode;

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
        return "FLYWAY_TURNASYNC_MODE".equals(environmentVariable) ? "flyway.turnasync.mode" : null;
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
        return copy;
    }
}
