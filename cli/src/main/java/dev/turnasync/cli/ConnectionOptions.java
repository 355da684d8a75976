package dev.turnasync.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Stack;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say where the queue is. */
final class ConnectionOptions {

    static final String DEFAULT_TABLE = "flyway_schema_history";
    static final String NO_PASSWORD_HERE =
            "a password on the command line is refused: it would be in the shell's history and in every process list."
                    + " Set TURNASYNC_PASSWORD, give --password-file FILE, or write --password as the last word to be asked";

    private static final Set<String> ONE_DATABASE =
            Set.of("--url", "--user", "--schema", "--table", "--password-file", "--password");

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "JDBC URL, such as jdbc:postgresql://host:5432/shop. Default: environment TURNASYNC_URL, then"
                    + " FLYWAY_URL, then the configuration file.")
    @Nullable
    String url;

    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "Database user. Default: environment TURNASYNC_USER, then FLYWAY_USER, then the file.")
    @Nullable
    String user;

    @Option(
            names = "--password",
            arity = "0",
            parameterConsumer = RefusesValue.class,
            description =
                    "Ask for the password without echo. Default: environment TURNASYNC_PASSWORD, then FLYWAY_PASSWORD,"
                            + " then the file.")
    boolean askPassword;

    /** What was typed, so that nobody is asked twice. */
    @Nullable
    String typed;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Read the password from the first line of a file.")
    @Nullable
    Path passwordFile;

    @Option(
            names = "--schema",
            paramLabel = "SCHEMA",
            description =
                    "Schema of Flyway's history (flyway.defaultSchema). Default: environment FLYWAY_DEFAULT_SCHEMA, then"
                            + " the file, then the connection's own.")
    @Nullable
    String schema;

    @Option(
            names = "--table",
            paramLabel = "TABLE",
            description = "Flyway's history table. Default: environment FLYWAY_TABLE, then the file, then "
                    + DEFAULT_TABLE + ".")
    @Nullable
    String table;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "A turnasync.properties, flyway.toml or flyway.conf. Default: the first of these in the working"
                            + " directory.")
    @Nullable
    Path config;

    @Option(
            names = "--environment",
            paramLabel = "NAME",
            description = "Which environment of a flyway.toml. Default: FLYWAY_ENVIRONMENT, then the file's own.")
    @Nullable
    String environmentName;

    @Option(
            names = "--connect-timeout",
            paramLabel = "SECONDS",
            description = "Give up on a silent database after this time. Default: 10.")
    int connectTimeout = 10;

    private final Surroundings surroundings;
    private @Nullable ConfigFile found;

    ConnectionOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What the configuration file says; read when first asked for. */
    ConfigFile file() {
        var file = found == null ? new ConfigFiles(surroundings, environmentName).find(config) : found;
        found = file;
        return file;
    }

    Optional<String> url() {
        return setting(url, "TURNASYNC_URL", "FLYWAY_URL")
                .or(() -> Optional.ofNullable(file().login().url()));
    }

    /** The user of a flag or of the environment. */
    Optional<String> user() {
        return setting(user, "TURNASYNC_USER", "FLYWAY_USER");
    }

    /** The password of the environment. */
    Optional<String> password() {
        return setting(null, "TURNASYNC_PASSWORD", "FLYWAY_PASSWORD");
    }

    Optional<String> schema() {
        return setting(schema, "FLYWAY_DEFAULT_SCHEMA").or(() -> Optional.ofNullable(file().schema()));
    }

    String table() {
        return setting(table, "FLYWAY_TABLE")
                .or(() -> Optional.ofNullable(file().table()))
                .orElse(DEFAULT_TABLE);
    }

    /** The options as a person would have to repeat them for the next command; the environment's are there anyway. */
    List<String> repeated() {
        var words = new ArrayList<String>();
        add(words, "--url", url);
        add(words, "--user", user);
        add(words, "--schema", schema);
        add(words, "--table", table);
        add(words, "--config", config == null ? null : config.toString());
        add(words, "--environment", environmentName);
        add(words, "--password-file", passwordFile == null ? null : passwordFile.toString());
        if (askPassword) {
            words.add("--password");
        }
        return words;
    }

    /** The first option given that says what a file of shards says for each of them. */
    Optional<String> firstOfOneDatabase() {
        return repeated().stream().filter(word -> ONE_DATABASE.contains(word)).findFirst();
    }

    private static void add(List<String> words, String option, @Nullable String value) {
        if (value != null) {
            words.add(option);
            words.add(value);
        }
    }

    private Optional<String> setting(@Nullable String flag, String... variables) {
        return Optional.ofNullable(flag)
                .or(() -> Stream.of(variables)
                        .map(name -> surroundings.environment().getOrDefault(name, ""))
                        .filter(value -> !value.isBlank())
                        .findFirst());
    }

    /** Takes whatever stands behind {@code --password} for a password, and refuses it. */
    static final class RefusesValue implements IParameterConsumer {

        @Override
        public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
            if (!arguments.isEmpty() && !arguments.peek().startsWith("-")) {
                throw CliException.usage(NO_PASSWORD_HERE);
            }
            option.setValue(true);
        }
    }
}
