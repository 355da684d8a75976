package dev.turnasync.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code turnasync schema}: TurnAsync's own tables. */
@Command(
        name = "schema",
        description = {
            "Prints, creates or upgrades TurnAsync's own tables, for those who do not leave that to migrate.",
            "The first migrate that queues something does it by itself where its user may create tables."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  turnasync schema print --schema shop > turnasync.sql",
            "  turnasync schema apply --dry-run",
            "  turnasync schema version --json",
            "",
            "JSON: see the help of each command."
        })
final class SchemaCommand {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    private SchemaCommand() {}

    static CommandLine with(Surroundings surroundings) {
        return new CommandLine(new SchemaCommand())
                .addSubcommand(new SchemaPrintCommand(surroundings))
                .addSubcommand(new SchemaApplyCommand(surroundings))
                .addSubcommand(new SchemaVersionCommand(surroundings));
    }
}
