package dev.turnasync.cli;

import dev.turnasync.jdbc.QueueTables;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync schema print}: the statements for a DBA. */
@Command(
        name = "print",
        description = {
            "Prints the statements that create the tables, as one transaction. Needs no database.",
            "For --schema, or what the environment or the configuration file says, or else public."
        },
        footer = {
            "",
            "Examples:",
            "  turnasync schema print --schema shop > turnasync.sql",
            "  turnasync schema print | psql --single-transaction --set ON_ERROR_STOP=1 shop",
            "",
            "JSON: schema, version, statements[]."
        })
final class SchemaPrintCommand implements Callable<Integer> {

    @Mixin
    private final CommonOptions common;

    SchemaPrintCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        var schema = common.connection.schema().orElse("public");
        var statements = QueueTables.script(schema);
        if (common.json()) {
            var node = Json.object().put("schema", schema).put("version", QueueTables.knownVersion());
            var array = node.putArray("statements");
            statements.forEach(array::add);
            common.print(node);
            return ExitCode.OK;
        }
        var out = common.out();
        out.line("-- TurnAsync's tables of version " + QueueTables.knownVersion()
                + ", beside Flyway's history in schema " + schema);
        out.line(
                "-- Run it after Flyway's first migrate or baseline: Flyway refuses a schema with tables but no history.");
        SchemaPage.print(out, statements);
        return ExitCode.OK;
    }
}
