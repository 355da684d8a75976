package dev.turnasync.flyway;

import java.util.function.Function;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** What {@code migrate} does with an async migration. */
public enum AsyncMode {
    /** Queue it; a worker runs it later. */
    QUEUE,
    /** Run it at once, as if it were not async. For tests and developers' machines. */
    INLINE;

    /** The system property that sets the mode. */
    public static final String PROPERTY = "turnasync.mode";

    /** The environment variable that sets the mode. */
    public static final String ENVIRONMENT_VARIABLE = "TURNASYNC_MODE";

    private static final Setting SETTING =
            new Setting(PROPERTY, ENVIRONMENT_VARIABLE, TurnAsyncConfigurationExtension::getMode);

    /**
     * Returns the mode of a Flyway configuration: the system property {@value #PROPERTY}, else the environment variable
     * {@value #ENVIRONMENT_VARIABLE}, else Flyway's setting {@code flyway.turnasync.mode}. Defaults to {@link #QUEUE}.
     *
     * @param configuration the configuration
     * @return the mode
     * @throws FlywayException if the first of them that is set is neither {@code queue} nor {@code inline}
     */
    public static AsyncMode of(Configuration configuration) {
        return of(configuration, System::getProperty, System::getenv);
    }

    static AsyncMode of(
            Configuration configuration,
            Function<String, @Nullable String> properties,
            Function<String, @Nullable String> environment) {
        return SETTING.read(configuration, properties, environment)
                .map(value -> value.oneOf(values()))
                .orElse(QUEUE);
    }
}
