package dev.turnasync.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A {@code flyway.toml}: the settings of one of its environments. */
final class FlywayToml {

    private static final String DEFAULT_ENVIRONMENT = "default";

    private final String file;
    private final JsonNode root;
    private final References references;

    private FlywayToml(String file, JsonNode root, References references) {
        this.file = file;
        this.root = root;
        this.references = references;
    }

    /**
     * Reads a text.
     *
     * @throws CliException if it is not TOML; names the line and does not repeat it
     */
    static FlywayToml read(String file, String text, References references) {
        try {
            return new FlywayToml(file, new TomlMapper().readTree(text), references);
        } catch (JsonProcessingException e) {
            var where = e.getLocation();
            throw CliException.usage(file + (where == null ? "" : " line " + where.getLineNr()) + " is not TOML"
                    + (where == null ? "" : ", at column " + where.getColumnNr()));
        }
    }

    /**
     * Returns the settings of an environment.
     *
     * @param wanted its name; null for the one that the file names, else {@code default}
     * @throws CliException if there is no environment of a given name
     */
    ConfigFile settings(@Nullable String wanted) {
        var name = wanted == null ? text("flyway.environment", root.at("/flyway/environment")) : wanted;
        var environments = root.path("environments");
        var environment = environments.path(name == null ? DEFAULT_ENVIRONMENT : name);
        if (name != null && !environment.isObject()) {
            throw CliException.usage(file + " has no environment " + name + "; it has " + names(environments));
        }
        var flyway = root.path("flyway");
        var of = "environments." + (name == null ? DEFAULT_ENVIRONMENT : name) + ".";
        return new ConfigFile(
                null,
                new ConfigFile.Account(
                        text(of + "url", environment.path("url")),
                        text(of + "user", environment.path("user")),
                        text(of + "password", environment.path("password"))),
                Optional.ofNullable(text("flyway.defaultSchema", flyway.path("defaultSchema")))
                        .or(() -> texts(of + "schemas", environment.path("schemas")).stream()
                                .findFirst())
                        .orElse(null),
                text("flyway.table", flyway.path("table")),
                List.of(),
                texts("flyway.locations", flyway.path("locations")),
                null);
    }

    /** Whether a password of any environment stands in the file itself. */
    boolean hasPassword() {
        return StreamSupport.stream(root.path("environments").spliterator(), false)
                .anyMatch(environment -> isWritten(environment.path("password").asText())
                        || Login.hasPassword(environment.path("url").asText()));
    }

    private static boolean isWritten(String password) {
        return !password.isEmpty() && !password.startsWith("${");
    }

    private @Nullable String text(String key, JsonNode node) {
        if (node.isMissingNode()) {
            return null;
        }
        if (!node.isTextual()) {
            throw CliException.usage(file + ": " + key + " must be a string");
        }
        var text = references.resolve(node.asText(), file + ": " + key);
        return text.isEmpty() ? null : text;
    }

    private List<String> texts(String key, JsonNode node) {
        if (!node.isMissingNode() && !node.isArray()) {
            throw CliException.usage(file + ": " + key + " must be an array of strings");
        }
        return StreamSupport.stream(node.spliterator(), false)
                .map(element -> text(key, element))
                .flatMap(text -> Optional.ofNullable(text).stream())
                .toList();
    }

    private static String names(JsonNode environments) {
        var names = String.join(", ", (Iterable<String>) environments::fieldNames);
        return names.isEmpty() ? "none" : names;
    }
}
