package dev.turnasync.cli;

import java.util.List;

/** Prints statements so that a database can run them. */
final class SchemaPage {

    private SchemaPage() {}

    static void print(Screen out, List<String> statements) {
        out.line("BEGIN;");
        statements.forEach(statement -> {
            out.line("");
            out.block("", statement.strip());
        });
        out.line("");
        out.line("COMMIT;");
    }
}
