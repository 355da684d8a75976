package dev.turnasync.cli;

import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.jdbc.QueueNames;
import dev.turnasync.jdbc.QueueTables;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code turnasync schema apply}: create or upgrade the tables. */
@Command(
        name = "apply",
        description = {
            "Creates the tables, or upgrades them, in one transaction; does nothing when they are current.",
            "Refuses tables that are too new for this program, and a schema without Flyway's history: Flyway would not"
                    + " migrate it any more."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync schema apply --dry-run",
            "  turnasync schema apply --user owner --password",
            "",
            "JSON: schema, installed, known, applied, statements[]."
        })
final class SchemaApplyCommand implements Callable<Integer> {

    @Option(names = "--dry-run", description = "Print what would be run, and run nothing.")
    boolean dryRun;

    @Mixin
    private final CommonOptions common;

    SchemaApplyCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        return common.database(0, database -> {
            var options = common.connection;
            var queue = QueueNames.of(database, options.schema().orElse(null), options.table());
            try {
                return apply(new QueueTables(database, queue), queue.schema());
            } catch (SchemaMismatchException e) {
                throw CliException.refused(String.valueOf(e.getMessage()), e);
            }
        });
    }

    private int apply(QueueTables tables, String schema) {
        var statements = tables.missing();
        var version = dryRun ? tables.version() : tables.apply();
        if (common.json()) {
            print(schema, version, statements);
        } else if (version.isCurrent()) {
            common.out()
                    .line("nothing to do: the tables in schema " + schema + " are of version " + version.installed());
        } else if (dryRun) {
            SchemaPage.print(common.out(), statements);
        } else {
            common.out()
                    .line("the tables in schema " + schema + " are of version " + version.known() + " now; before: "
                            + (version.installed() == 0 ? "none" : "version " + version.installed()));
        }
        return ExitCode.OK;
    }

    private void print(String schema, QueueTables.Version version, List<String> statements) {
        var node = Json.object()
                .put("schema", schema)
                .put("installed", version.installed())
                .put("known", version.known())
                .put("applied", !dryRun && !version.isCurrent());
        var array = node.putArray("statements");
        statements.forEach(array::add);
        common.print(node);
    }
}
