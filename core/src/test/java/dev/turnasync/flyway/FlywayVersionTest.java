package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Keeps the run over Flyway's versions honest. */
@Tag("hook")
class FlywayVersionTest {

    @Test
    @EnabledIfSystemProperty(named = "turnasync.expected.flyway", matches = ".+")
    void runsOnTheVersionThatTheBuildNamed() {
        assertThat(Flyway.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .endsWith("flyway-core-" + System.getProperty("turnasync.expected.flyway") + ".jar");
    }
}
