package dev.turnasync.cli;

import dev.turnasync.api.SchemaMismatchException;
import dev.turnasync.jdbc.QueueNames;
import dev.turnasync.jdbc.QueueTables;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code turnasync schema version}: which version the tables are of. */
@Command(
        name = "version",
        description = "Tells which version the tables are of, and which this program knows.",
        footer = {
            "",
            "Examples:",
            "  turnasync schema version",
            "  turnasync schema version --json | jq .installed",
            "",
            "Exit code 1 when the tables are missing, or are to be upgraded, or are too new.",
            "JSON: schema, installed, known, current."
        })
final class SchemaVersionCommand implements Callable<Integer> {

    private static final int LONGEST_ANSWER = 60;

    @Mixin
    private final CommonOptions common;

    SchemaVersionCommand(Surroundings surroundings) {
        this.common = new CommonOptions(surroundings);
    }

    @Override
    public Integer call() {
        return common.database(LONGEST_ANSWER, this::print);
    }

    private int print(DataSource database) {
        var options = common.connection;
        var queue = QueueNames.of(database, options.schema().orElse(null), options.table());
        var schema = queue.schema();
        try {
            var version = new QueueTables(database, queue).version();
            if (common.json()) {
                common.print(Json.object()
                        .put("schema", schema)
                        .put("installed", version.installed())
                        .put("known", version.known())
                        .put("current", version.isCurrent()));
            } else {
                common.out()
                        .line((version.installed() == 0
                                        ? "no tables in schema " + schema
                                        : "the tables in schema " + schema + " are of version " + version.installed())
                                + "; this program knows version " + version.known());
                if (!version.isCurrent()) {
                    var apply = common.hints(null).command("schema apply");
                    common.out().line("  next  `" + apply + "` creates or upgrades them");
                }
            }
            return version.isCurrent() ? ExitCode.OK : ExitCode.ATTENTION;
        } catch (SchemaMismatchException e) {
            throw CliException.refused(String.valueOf(e.getMessage()), e);
        }
    }
}
