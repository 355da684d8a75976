package dev.turnasync.flyway;

import java.util.Map;
import org.flywaydb.core.api.configuration.ClassicConfiguration;
import org.flywaydb.core.extensibility.ConfigurationProvider;

/**
 * Installs the hook in every Flyway instance. Flyway finds it through {@link java.util.ServiceLoader} and calls it with the
 * instance's own private configuration, so the jar on the class path is all it takes.
 */
public final class TurnAsyncPlugin implements ConfigurationProvider<TurnAsyncConfigurationExtension> {

    /** Creates the plugin; called by {@link java.util.ServiceLoader}. */
    public TurnAsyncPlugin() {
        // Spelled out because ServiceLoader wants it public.
    }

    /**
     * Installs the hook.
     *
     * @param extension TurnAsync's settings
     * @param configuration the configuration of the Flyway instance in the making
     * @return no settings
     * @throws org.flywaydb.core.api.FlywayException if {@code turnasync.mode} has an unknown value
     */
    @Override
    public Map<String, String> getConfiguration(
            TurnAsyncConfigurationExtension extension, ClassicConfiguration configuration) {
        FlywayHook.install(configuration);
        return Map.of();
    }

    /**
     * Returns the class of TurnAsync's settings.
     *
     * @return the class
     */
    @Override
    public Class<TurnAsyncConfigurationExtension> getConfigurationExtensionClass() {
        return TurnAsyncConfigurationExtension.class;
    }
}
