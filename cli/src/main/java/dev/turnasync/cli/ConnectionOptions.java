package dev.turnasync.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
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

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "JDBC URL, such as jdbc:postgresql://host:5432/shop. Default: environment TURNASYNC_URL.")
    @Nullable
    String url;

    @Option(names = "--user", paramLabel = "USER", description = "Database user. Default: environment TURNASYNC_USER.")
    @Nullable
    String user;

    @Option(
            names = "--password",
            arity = "0",
            parameterConsumer = RefusesValue.class,
            description = "Ask for the password without echo. Default: environment TURNASYNC_PASSWORD.")
    boolean askPassword;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Read the password from the first line of a file.")
    @Nullable
    Path passwordFile;

    @Option(
            names = "--schema",
            paramLabel = "SCHEMA",
            description = "Schema of Flyway's history (flyway.defaultSchema). Default: the connection's own.")
    @Nullable
    String schema;

    @Option(
            names = "--table",
            paramLabel = "TABLE",
            description = "Flyway's history table. Default: " + DEFAULT_TABLE + ".")
    String table = DEFAULT_TABLE;

    @Option(
            names = "--connect-timeout",
            paramLabel = "SECONDS",
            description = "Give up on a silent database after this time. Default: 10.")
    int connectTimeout = 10;

    private final Map<String, String> environment;

    ConnectionOptions(Map<String, String> environment) {
        this.environment = environment;
    }

    Optional<String> url() {
        return Optional.ofNullable(url).or(() -> environment("TURNASYNC_URL"));
    }

    Optional<String> user() {
        return Optional.ofNullable(user).or(() -> environment("TURNASYNC_USER"));
    }

    Optional<String> passwordOfEnvironment() {
        return environment("TURNASYNC_PASSWORD");
    }

    /** The options as a person would have to repeat them for the next command; the environment's are there anyway. */
    List<String> repeated() {
        var words = new ArrayList<String>();
        add(words, "--url", url);
        add(words, "--user", user);
        add(words, "--schema", schema);
        add(words, "--table", table.equals(DEFAULT_TABLE) ? null : table);
        add(words, "--password-file", passwordFile == null ? null : passwordFile.toString());
        if (askPassword) {
            words.add("--password");
        }
        return words;
    }

    private static void add(List<String> words, String option, @Nullable String value) {
        if (value != null) {
            words.add(option);
            words.add(value);
        }
    }

    private Optional<String> environment(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
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
