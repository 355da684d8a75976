package dev.turnasync.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds and reads the configuration file: the one that is named, else the first of {@code turnasync.properties},
 * {@code flyway.toml} and {@code flyway.conf} in the working directory.
 */
final class ConfigFiles {

    private static final String OWN = "turnasync.properties";
    private static final String TOML = ".toml";
    private static final List<String> USUAL = List.of(OWN, "flyway.toml", "flyway.conf");
    private static final List<String> OWN_KEYS =
            List.of("url", "user", "password", "schema", "table", "jar", "location", "shards.file");
    private static final long LARGEST = 1_000_000;

    private final Surroundings surroundings;
    private final @Nullable String environmentName;

    ConfigFiles(Surroundings surroundings, @Nullable String environmentName) {
        this.surroundings = surroundings;
        this.environmentName = environmentName;
    }

    /**
     * Reads the file.
     *
     * @param given the file that the person named; null to look for one
     * @return what it says; {@link ConfigFile#NONE} when there is none
     * @throws CliException if it is missing, unreadable or broken
     */
    ConfigFile find(@Nullable Path given) {
        var directory = surroundings.directory();
        var file = given == null
                ? USUAL.stream().map(directory::resolve).filter(Files::exists).findFirst()
                : Optional.of(directory.resolve(given));
        if (environmentName != null && !file.map(ConfigFiles::isToml).orElse(false)) {
            throw CliException.usage("--environment " + environmentName + " names a part of a flyway.toml, and "
                    + file.map(found -> found + " is none").orElse("there is none here"));
        }
        return file.map(this::read).orElse(ConfigFile.NONE);
    }

    private static boolean isToml(Path file) {
        return file.toString().endsWith(TOML);
    }

    private ConfigFile read(Path file) {
        var text = text(file);
        if (isToml(file)) {
            var toml = FlywayToml.read(file.toString(), text, new References(surroundings.environment(), false));
            return with(file, toml.settings(environmentName()), toml.hasPassword());
        }
        return file.toString().endsWith(".conf") ? flywayConf(file, text) : own(file, text);
    }

    private @Nullable String environmentName() {
        var variable = surroundings.environment().getOrDefault("FLYWAY_ENVIRONMENT", "");
        return environmentName != null || variable.isBlank() ? environmentName : variable;
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw CliException.usage("cannot read " + file + ": it is too large for a configuration");
            }
            var text = Files.readString(file);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw CliException.usage("cannot read " + file + ": it is not UTF-8");
        } catch (IOException e) {
            throw CliException.usage("cannot read " + file + ": "
                    + (Files.exists(file) ? "it is no file, or not readable for you" : "there is no such file"));
        }
    }

    private ConfigFile own(Path file, String text) {
        var lines = PropertyLines.read(file.toString(), text, new References(surroundings.environment(), false));
        lines.requireKnown(OWN_KEYS);
        var folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        var shards = lines.get("shards.file");
        var settings = new ConfigFile(
                file,
                new ConfigFile.Account(lines.get("url"), lines.get("user"), lines.get("password")),
                lines.get("schema"),
                lines.get("table"),
                lines.all("jar").stream().map(folder::resolve).toList(),
                lines.all("location"),
                shards == null ? null : folder.resolve(shards));
        return with(
                file,
                settings,
                lines.isWritten("password")
                        || Login.hasPassword(settings.login().url()));
    }

    private ConfigFile flywayConf(Path file, String text) {
        var lines = PropertyLines.read(file.toString(), text, new References(surroundings.environment(), true));
        var schema = lines.get("flyway.defaultSchema");
        var settings = new ConfigFile(
                file,
                new ConfigFile.Account(lines.get("flyway.url"), lines.get("flyway.user"), lines.get("flyway.password")),
                schema == null
                        ? lines.all("flyway.schemas").stream().findFirst().orElse(null)
                        : schema,
                lines.get("flyway.table"),
                List.of(),
                lines.all("flyway.locations"),
                null);
        return with(
                file,
                settings,
                lines.isWritten("flyway.password")
                        || Login.hasPassword(settings.login().url()));
    }

    private ConfigFile with(Path file, ConfigFile settings, boolean hasPassword) {
        if (hasPassword) {
            PrivateFile.warn(file, surroundings);
        }
        return new ConfigFile(
                file,
                settings.login(),
                settings.schema(),
                settings.table(),
                settings.jars(),
                settings.locations(),
                settings.shards());
    }
}
