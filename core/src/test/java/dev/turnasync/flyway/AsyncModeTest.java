package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** How the mode is chosen. */
@Tag("hook")
@Isolated("sets a system property")
class AsyncModeTest {

    private final FluentConfiguration configuration = Flyway.configure();

    @AfterEach
    void clear() {
        System.clearProperty(AsyncMode.PROPERTY);
    }

    @Test
    void queuesByDefault() {
        assertThat(mode(Map.of(), Map.of())).isEqualTo(AsyncMode.QUEUE);
    }

    @Test
    void listensToTheSystemPropertyFirst() {
        Flyways.inline(configuration);

        assertThat(mode(Map.of(AsyncMode.PROPERTY, "queue"), Map.of(AsyncMode.ENVIRONMENT_VARIABLE, "inline")))
                .isEqualTo(AsyncMode.QUEUE);
    }

    @Test
    void listensToTheEnvironmentNext() {
        Flyways.inline(configuration);

        assertThat(mode(Map.of(), Map.of(AsyncMode.ENVIRONMENT_VARIABLE, " Queue ")))
                .isEqualTo(AsyncMode.QUEUE);
    }

    @Test
    void listensToFlywaysSettingsLast() {
        Flyways.inline(configuration);

        assertThat(mode(Map.of(AsyncMode.PROPERTY, ""), Map.of())).isEqualTo(AsyncMode.INLINE);
    }

    @Test
    void refusesAnUnknownMode() {
        assertThatThrownBy(() -> mode(Map.of(AsyncMode.PROPERTY, "later"), Map.of()))
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("system property turnasync.mode")
                .hasMessageContaining("\"later\"")
                .hasMessageContaining("queue, inline");
    }

    @Test
    void refusesAnUnknownModeWhenFlywayIsCreated() {
        System.setProperty(AsyncMode.PROPERTY, "later");

        assertThatThrownBy(Flyway.configure()::load)
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("queue, inline");
    }

    @Test
    void readsTheModeFromFlywaysProperties() {
        assumeThat(jacksonIsPresent())
                .as("Flyway needs Jackson to read settings of plugins")
                .isTrue();
        configuration.configuration(Map.of("flyway.turnasync.mode", "inline"));

        assertThat(AsyncMode.of(configuration.load().getConfiguration())).isEqualTo(AsyncMode.INLINE);
    }

    @Test
    void keepsTheSettingWhenFlywayCopiesTheConfiguration() {
        var copy = Flyway.configure()
                .configuration(Flyways.inline(configuration).load().getConfiguration());

        assertThat(AsyncMode.of(copy.load().getConfiguration())).isEqualTo(AsyncMode.INLINE);
    }

    @Test
    void namesTheVariableThatFlywayItselfWouldRead() {
        var extension = new TurnAsyncConfigurationExtension();

        assertThat(extension.getConfigurationParameterFromEnvironmentVariable("FLYWAY_TURNASYNC_MODE"))
                .isEqualTo("flyway." + AsyncMode.PROPERTY);
        assertThat(extension.getConfigurationParameterFromEnvironmentVariable("FLYWAY_URL"))
                .isNull();
    }

    @Test
    void runsBodiesInMigrateWhenInline() {
        System.setProperty(AsyncMode.PROPERTY, "inline");
        try (var database = TestDatabase.fresh()) {
            var flyway = Flyways.scanning(database, "mixed")
                    .javaMigrations(AsyncStep.of("6"))
                    .load();
            flyway.migrate();

            assertThat(Flyways.ran(database)).containsExactly("V1", "V2", "V3", "V4", "V5", "step 6");
            assertThat(Flyways.tables(database)).containsExactly("flyway_schema_history", "ran");
            assertThat(flyway.getConfiguration().getResolvers()).isEmpty();
            assertThat(flyway.getConfiguration().getJavaMigrationClassProvider())
                    .isNull();
        }
    }

    private AsyncMode mode(Map<String, String> properties, Map<String, String> environment) {
        return AsyncMode.of(configuration, properties::get, environment::get);
    }

    private static boolean jacksonIsPresent() {
        return isPresent("tools.jackson.databind.ObjectMapper")
                || isPresent("com.fasterxml.jackson.databind.ObjectMapper");
    }

    private static boolean isPresent(String className) {
        try {
            Class.forName(className, false, Flyway.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
