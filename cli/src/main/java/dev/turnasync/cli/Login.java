package dev.turnasync.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** Logs in to the database that the options name. */
final class Login {

    private static final String PREFIX = "jdbc:postgresql:";
    private static final Pattern PASSWORD = Pattern.compile("(?i)[?&](ssl)?password=");
    private static final Pattern USER_INFO = Pattern.compile("(?i)jdbc:postgresql://[^/?]*@.*");

    private final ConnectionOptions options;
    private final Surroundings surroundings;
    private final int answerTimeout;

    /**
     * Creates a login.
     *
     * @param answerTimeout for how many seconds an answer may be awaited; 0 for as long as it takes
     */
    Login(ConnectionOptions options, Surroundings surroundings, int answerTimeout) {
        this.options = options;
        this.surroundings = surroundings;
        this.answerTimeout = answerTimeout;
    }

    /**
     * Connects once, so that whatever goes wrong later is not the login.
     *
     * @return opens further connections
     * @throws CliException if the options are wrong or the database cannot be reached
     */
    DataSource open() {
        var source = source(url());
        try (var connection = source.getConnection()) {
            connection.getMetaData();
            return source;
        } catch (SQLException e) {
            throw CliException.unreachable(
                    "cannot reach " + shown(source) + ": " + e.getMessage() + hint(e.getSQLState()), e);
        }
    }

    /**
     * Names a database that a file describes; connects to nothing.
     *
     * @throws CliException if the URL is none of PostgreSQL's
     */
    DataSource source(String url, @Nullable String user, @Nullable String password) {
        var source = bare(supported(url));
        Optional.ofNullable(user).ifPresent(source::setUser);
        Optional.ofNullable(password).ifPresent(text -> setPassword(source, text));
        return limited(source);
    }

    private PGSimpleDataSource source(String url) {
        var source = bare(url);
        options.user()
                .or(() -> ofFile(source.getUser(), options.file().login().user()))
                .ifPresent(source::setUser);
        password(source)
                .or(() -> ofFile(source.getPassword(), options.file().login().password()))
                .ifPresent(password -> setPassword(source, password));
        return limited(source);
    }

    private PGSimpleDataSource bare(String url) {
        var source = new PGSimpleDataSource();
        try {
            source.setURL(url);
        } catch (IllegalArgumentException e) {
            throw CliException.usage("the driver does not understand the URL " + url);
        }
        Optional.ofNullable(source.getPassword()).ifPresent(surroundings.secrets()::add);
        return source;
    }

    private void setPassword(PGSimpleDataSource source, String password) {
        surroundings.secrets().add(password);
        source.setPassword(password);
    }

    private PGSimpleDataSource limited(PGSimpleDataSource source) {
        requirePatience();
        source.setSocketTimeout(answerTimeout);
        source.setLoginTimeout(options.connectTimeout);
        source.setConnectTimeout(options.connectTimeout);
        source.setTcpKeepAlive(true);
        return source;
    }

    /** What a URL has is nearer than what a file says. */
    private static Optional<String> ofFile(@Nullable String ofUrl, @Nullable String ofFile) {
        return ofUrl == null ? Optional.ofNullable(ofFile) : Optional.empty();
    }

    /** Whether a JDBC URL has a password in it. */
    static boolean hasPassword(@Nullable String url) {
        return url != null && PASSWORD.matcher(url).find();
    }

    private String url() {
        requirePatience();
        var url = options.url()
                .orElseThrow(() -> CliException.usage("no database: give --url " + PREFIX
                        + "//host:5432/name or set TURNASYNC_URL, or write url" + " into turnasync.properties"));
        if (options.url != null && hasPassword(url)) {
            throw CliException.usage(ConnectionOptions.NO_PASSWORD_HERE + "; in TURNASYNC_URL it may stay");
        }
        return supported(url);
    }

    private void requirePatience() {
        if (options.connectTimeout < 1) {
            throw CliException.usage("--connect-timeout must be at least 1: " + options.connectTimeout);
        }
    }

    private static String supported(String url) {
        if (USER_INFO.matcher(url).matches()) {
            throw CliException.usage("PostgreSQL's driver knows no user:password@ in a URL; give --user and a password"
                    + " by TURNASYNC_PASSWORD, --password-file or --password");
        }
        if (!url.startsWith(PREFIX)) {
            throw CliException.usage(
                    "TurnAsync queues on PostgreSQL, so the URL must start with " + PREFIX + "//, not " + url);
        }
        return url;
    }

    private Optional<String> password(PGSimpleDataSource source) {
        if (options.askPassword && options.passwordFile != null) {
            throw CliException.usage("give --password or --password-file, not both");
        }
        if (options.passwordFile != null) {
            return Optional.of(firstLine(options.passwordFile));
        }
        if (!options.askPassword) {
            return options.password();
        }
        if (options.typed != null) {
            return Optional.of(options.typed);
        }
        var user = source.getUser() == null ? "" : " of " + source.getUser();
        options.typed = surroundings
                .terminal()
                .askHidden()
                .apply("Password" + user + ": ")
                .orElseThrow(() -> CliException.usage("--password asks, but there is no terminal to ask on;"
                        + " set TURNASYNC_PASSWORD or give --password-file FILE"));
        return Optional.of(options.typed);
    }

    private static String firstLine(Path file) {
        try (var reader = Files.newBufferedReader(file)) {
            return Optional.ofNullable(reader.readLine())
                    .filter(line -> !line.isEmpty())
                    .orElseThrow(() -> CliException.usage("--password-file " + file + " is empty"));
        } catch (IOException e) {
            throw CliException.usage("cannot read --password-file " + file);
        }
    }

    private static String shown(PGSimpleDataSource source) {
        var user = source.getUser() == null ? "" : " as " + source.getUser();
        var servers = new StringBuilder();
        for (var i = 0; i < source.getServerNames().length; i++) {
            servers.append(i == 0 ? "" : ",").append(source.getServerNames()[i]);
            var port = i < source.getPortNumbers().length ? source.getPortNumbers()[i] : 0;
            servers.append(port == 0 ? "" : ":" + port);
        }
        return PREFIX + "//" + servers + "/" + source.getDatabaseName() + user;
    }

    private static String hint(@Nullable String sqlState) {
        return sqlState != null && sqlState.startsWith("28")
                ? "; the password comes from TURNASYNC_PASSWORD, --password-file or --password"
                : "";
    }
}
