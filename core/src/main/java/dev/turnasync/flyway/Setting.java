package dev.turnasync.flyway;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * One of TurnAsync's settings. The system property counts before the environment variable, and that before Flyway's own
 * settings.
 *
 * @param property the system property, which is also the name among Flyway's settings
 * @param variable the environment variable
 * @param inFlyway reads it from Flyway's settings
 */
record Setting(String property, String variable, Function<TurnAsyncConfigurationExtension, @Nullable String> inFlyway) {

    /** What was set, and where. */
    record Value(String text, String origin) {

        FlywayException refused(String wanted) {
            return new FlywayException("The " + origin + " is \"" + text + "\"; it must be " + wanted + ".");
        }

        /** Reads one of an enum's names, in any case. */
        <E extends Enum<E>> E oneOf(E[] values) {
            return Arrays.stream(values)
                    .filter(value -> value.name().equalsIgnoreCase(text.strip()))
                    .findFirst()
                    .orElseThrow(() -> refused("one of: " + names(values)));
        }

        private static <E extends Enum<E>> String names(E[] values) {
            return Arrays.stream(values)
                    .map(value -> value.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "));
        }
    }

    /** Reads it; empty when it is set nowhere. */
    Optional<Value> read(Configuration configuration) {
        return read(configuration, System::getProperty, System::getenv);
    }

    Optional<Value> read(
            Configuration configuration,
            Function<String, @Nullable String> properties,
            Function<String, @Nullable String> environment) {
        var extension = FlywayInternals.extension(configuration);
        return value(properties.apply(property), "system property " + property)
                .or(() -> value(environment.apply(variable), "environment variable " + variable))
                .or(() -> value(
                        extension == null ? null : inFlyway.apply(extension), "Flyway setting flyway." + property));
    }

    private static Optional<Value> value(@Nullable String text, String origin) {
        return text == null || text.isBlank() ? Optional.empty() : Optional.of(new Value(text, origin));
    }
}
