package dev.turnasync.flyway;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
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
        var property = properties.apply(PROPERTY);
        if (isSet(property)) {
            return parse(property, "system property " + PROPERTY);
        }
        var variable = environment.apply(ENVIRONMENT_VARIABLE);
        if (isSet(variable)) {
            return parse(variable, "environment variable " + ENVIRONMENT_VARIABLE);
        }
        var extension = FlywayInternals.extension(configuration);
        var setting = extension == null ? null : extension.getMode();
        return isSet(setting) ? parse(setting, "Flyway setting flyway.turnasync.mode") : QUEUE;
    }

    private static boolean isSet(@Nullable String value) {
        return value != null && !value.isBlank();
    }

    private static AsyncMode parse(@Nullable String value, String origin) {
        return Arrays.stream(values())
                .filter(mode ->
                        mode.name().equalsIgnoreCase(String.valueOf(value).strip()))
                .findFirst()
                .orElseThrow(() -> new FlywayException(
                        "The " + origin + " is \"" + value + "\"; it must be one of: " + allowed() + "."));
    }

    private static String allowed() {
        return Arrays.stream(values())
                .map(mode -> mode.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
