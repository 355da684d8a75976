package dev.turnasync.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** {@code turnasync} alone. */
@Command(
        name = "turnasync",
        versionProvider = TurnAsyncCommand.Version.class,
        description = "Looks after the queue of async migrations for Flyway.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Start with these:",
            "  export TURNASYNC_URL=jdbc:postgresql://localhost:5432/shop TURNASYNC_USER=shop",
            "  turnasync check-queue --password      is all well? asks for the password",
            "  turnasync list                        every entry; password from TURNASYNC_PASSWORD",
            "  turnasync show 7                      why did it fail?",
            "  turnasync retry 7                     queue it again, or:",
            "  turnasync skip 7 --reason 'done by hand'",
            "  turnasync drain --jar app.jar         run what is due, here and now",
            "  turnasync watch                       the queue as it changes",
            "  turnasync doctor                      is all well around the queue?",
            "",
            "A password is never taken from the command line, but from TURNASYNC_PASSWORD or",
            "--password-file or a configuration file, or --password asks for it without echo.",
            "Settings come from flags, then TURNASYNC_URL, _USER and _PASSWORD, then Flyway's own FLYWAY_URL,",
            "FLYWAY_USER, FLYWAY_PASSWORD, FLYWAY_DEFAULT_SCHEMA and FLYWAY_TABLE, then --config FILE or the first",
            "of turnasync.properties, flyway.toml and flyway.conf here. turnasync.properties knows url, user,",
            "password, schema, table, jar, location and shards.file; ${env.NAME} is an environment variable.",
            "Many databases: --shards FILE with --shard ID or --all-shards, or keys such as eu-1/7.",
            "'turnasync COMMAND --help' tells the options of a command and the fields of its JSON."
        })
final class TurnAsyncCommand {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    boolean version;

    /** Reads the version from the jar's manifest. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            var version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"turnasync " + (version == null ? "(development)" : version)};
        }
    }
}
