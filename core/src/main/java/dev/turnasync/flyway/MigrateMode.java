package dev.turnasync.flyway;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * What {@code migrate} does on a node of a fleet. One node migrates and the others need not fight for Flyway's lock.
 *
 * <p>{@link #SKIP} and {@link #WAIT} bring nothing to the database: no schema, no history, no lock, no SQL callback.
 */
public enum MigrateMode {
    /** Migrate. A node that finds another one at it waits for Flyway's lock as long as the timeout allows. */
    RUN,
    /** Do nothing and return at once. */
    SKIP,
    /** Wait until the history lists as applied all that this build has, and do nothing else. */
    WAIT;

    /** The system property that sets the mode. */
    public static final String PROPERTY = "turnasync.migrate";

    /** The environment variable that sets the mode. */
    public static final String ENVIRONMENT_VARIABLE = "TURNASYNC_MIGRATE";

    /** The system property that sets the timeout. */
    public static final String TIMEOUT_PROPERTY = "turnasync.migrateTimeout";

    /** The environment variable that sets the timeout. */
    public static final String TIMEOUT_ENVIRONMENT_VARIABLE = "TURNASYNC_MIGRATE_TIMEOUT";

    /** How long {@code migrate} waits for another node by default. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);

    private static final Setting SETTING =
            new Setting(PROPERTY, ENVIRONMENT_VARIABLE, TurnAsyncConfigurationExtension::getMigrate);

    private static final Setting TIMEOUT = new Setting(
            TIMEOUT_PROPERTY, TIMEOUT_ENVIRONMENT_VARIABLE, TurnAsyncConfigurationExtension::getMigrateTimeout);

    private static final Map<String, Duration> UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1));

    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");

    /**
     * Returns the mode of a Flyway configuration: the system property {@value #PROPERTY}, else the environment variable
     * {@value #ENVIRONMENT_VARIABLE}, else Flyway's setting {@code flyway.turnasync.migrate}. Defaults to {@link #RUN}.
     *
     * @param configuration the configuration
     * @return the mode
     * @throws FlywayException if the first of them that is set is neither {@code run}, {@code skip} nor {@code wait}
     */
    public static MigrateMode of(Configuration configuration) {
        return of(configuration, System::getProperty, System::getenv);
    }

    static MigrateMode of(
            Configuration configuration,
            Function<String, @Nullable String> properties,
            Function<String, @Nullable String> environment) {
        return SETTING.read(configuration, properties, environment)
                .map(value -> value.oneOf(values()))
                .orElse(RUN);
    }

    /**
     * Returns how long {@code migrate} waits for another node: the system property {@value #TIMEOUT_PROPERTY}, else the
     * environment variable {@value #TIMEOUT_ENVIRONMENT_VARIABLE}, else Flyway's setting
     * {@code flyway.turnasync.migrateTimeout}. Defaults to {@link #DEFAULT_TIMEOUT}.
     *
     * @param configuration the configuration
     * @return the timeout
     * @throws FlywayException if the first of them that is set is no duration such as {@code 90s}, {@code 10m} or {@code PT10M}
     */
    public static Duration timeout(Configuration configuration) {
        return timeout(configuration, System::getProperty, System::getenv);
    }

    static Duration timeout(
            Configuration configuration,
            Function<String, @Nullable String> properties,
            Function<String, @Nullable String> environment) {
        return TIMEOUT.read(configuration, properties, environment)
                .map(MigrateMode::duration)
                .orElse(DEFAULT_TIMEOUT);
    }

    private static Duration duration(Setting.Value value) {
        var text = value.text().strip().toLowerCase(Locale.ROOT);
        var simple = NUMBER_AND_UNIT.matcher(text);
        if (simple.matches()) {
            return UNITS.getOrDefault(simple.group(2), Duration.ZERO).multipliedBy(Long.parseLong(simple.group(1)));
        }
        try {
            var duration = Duration.parse(text);
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeParseException e) {
            var refused = refused(value);
            refused.addSuppressed(e);
            throw refused;
        }
        throw refused(value);
    }

    private static FlywayException refused(Setting.Value value) {
        return value.refused("a duration such as 90s, 10m or PT10M");
    }
}
