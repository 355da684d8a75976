package dev.turnasync.sample;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of the sample. */
@Command(
        name = "turnasync-sample",
        sortOptions = false,
        description = {
            "A web shop deploys version 2 on a database with a million orders. flyway migrate returns at once, and workers run"
                    + " the heavy migrations behind it.",
            "",
            "Without options it brings its own PostgreSQL, and takes about a minute."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:every row is right", "1:something is wrong", "2:the arguments or the database do not fit"})
public final class Main implements Callable<Integer> {

    private static final int FEWEST = 1_000;
    private static final int MOST_NODES = 9;
    private static final int MOST_SHARDS = 32;

    private final Screen screen;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "How many orders. Default: ${DEFAULT-VALUE}.")
    private int rows;

    @Option(
            names = "--fail",
            description =
                    "Shows a blocked queue instead: two migrations fail for good; one is mended and retried, one is skipped.")
    private boolean fail;

    @Option(
            names = "--worker",
            paramLabel = "NAME",
            description = "What wakes the worker: jobrunr, quartz or none. Default: jobrunr.")
    private WorkerKind worker = WorkerKind.JOBRUNR;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "0",
            description = "Lets N processes of their own work on the queue instead of this one.")
    private int nodes;

    @Option(
            names = "--kill",
            description = "Kills the node that runs a migration every few seconds, and starts another. Needs --nodes.")
    private boolean kill;

    @Option(
            names = "--shards",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Shows N small shops instead, each with a database of its own: a canary first, and one that is closed.")
    private int shards;

    @Option(
            names = "--dashboard",
            description = "Opens JobRunr's dashboard on http://localhost:8000 and keeps it open until you press Enter.")
    private boolean dashboard;

    @Option(
            names = "--url",
            paramLabel = "JDBC-URL",
            description = "Uses this EMPTY PostgreSQL database or schema instead of an own one.")
    private @Nullable String url;

    @Option(names = "--user", paramLabel = "NAME", description = "The user for --url.")
    private @Nullable String user;

    @Option(
            names = "--password-env",
            paramLabel = "VARIABLE",
            description = "The environment variable that holds the password for --url.")
    private @Nullable String passwordEnv;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    private Main(Screen screen) {
        this.screen = screen;
    }

    /**
     * Runs the sample and exits with its exit code.
     *
     * @param arguments see {@code --help}
     * @throws Exception if the logging cannot be set up
     */
    public static void main(String... arguments) throws Exception {
        try (InputStream settings = Main.class.getResourceAsStream("/logging.properties")) {
            LogManager.getLogManager().readConfiguration(settings);
        }
        System.exit(run(new PrintWriter(System.out, true, StandardCharsets.UTF_8), arguments));
    }

    static int run(PrintWriter out, String... arguments) {
        var screen = new Screen(out);
        return new CommandLine(new Main(screen))
                .setOut(out)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((exception, command, result) -> refused(screen, exception))
                .execute(arguments);
    }

    /** What does not fit is the user's to mend; everything else is ours, and is shown in full. */
    private static int refused(Screen screen, Exception exception) throws Exception {
        if (exception instanceof UnfitException) {
            screen.line("@|bold,red %s|@", exception.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        throw exception;
    }

    @Override
    public Integer call() throws Exception {
        refuseUnfit();
        screen.line("@|bold TurnAsync sample|@: a web shop with %,d orders", rows);
        try (var server = server()) {
            screen.line("%s", server.describe());
            return story(server).tell(new Choice(rows, worker, dashboard, nodes, kill))
                    ? CommandLine.ExitCode.OK
                    : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private Story story(ShopServer server) {
        if (shards > 0) {
            return new ShardStory(screen, server, shards);
        }
        return fail ? new FailureStory(screen, server) : new DeployStory(screen, server);
    }

    private void refuseUnfit() {
        if (rows < FEWEST) {
            throw new UnfitException("--rows must be at least " + FEWEST + ": " + rows);
        }
        if (nodes < 0 || nodes > MOST_NODES) {
            throw new UnfitException("--nodes must be from 0 to " + MOST_NODES + ": " + nodes);
        }
        if (kill && nodes < 2) {
            throw new UnfitException("--kill needs --nodes=2 or more, so that somebody can take over");
        }
        if (shards < 0 || shards == 1 || shards > MOST_SHARDS) {
            throw new UnfitException("--shards must be from 2 to " + MOST_SHARDS + ": " + shards);
        }
        if (shards > 0 && (fail || nodes > 0 || dashboard)) {
            throw new UnfitException("--shards goes without --fail, --nodes and --dashboard");
        }
        if (dashboard && (worker != WorkerKind.JOBRUNR || nodes > 0)) {
            throw new UnfitException(
                    "--dashboard is JobRunr's, in this process: it needs --worker=jobrunr and no --nodes");
        }
    }

    private ShopServer server() {
        if (url == null) {
            screen.status("starting PostgreSQL ...");
            return ShopServer.embedded();
        }
        return ShopServer.at(url, user, password());
    }

    private @Nullable String password() {
        if (passwordEnv == null) {
            return null;
        }
        var password = System.getenv(passwordEnv);
        if (password == null) {
            throw new UnfitException("The environment variable " + passwordEnv + " is not set.");
        }
        return password;
    }
}
