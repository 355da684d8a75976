package dev.turnasync.resumable;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import dev.turnasync.fixture.Script.Body;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.JavaMigration;
import org.postgresql.ds.PGSimpleDataSource;

/** A worker in a process of its own that has little memory. */
final class SmallHeap {

    private static final String CHANGE = "UPDATE %s SET c = c + 1 WHERE %s";

    private SmallHeap() {}

    static JavaMigration[] migrations() {
        return new JavaMigration[] {
            Script.async("1", reading("packed", 1)).inPieces(),
            Script.async("2", reading("packed", 2)).inPieces(),
            Script.async("3", reading("wide", 1)).inPieces(),
            Script.async("4", SmallHeap::hoard)
        };
    }

    /** Reads each row whole, and notes how many it got. */
    private static Body reading(String table, int sessions) {
        return context -> context.backfill()
                .over(table)
                .named(table + sessions)
                .parallelism(sessions)
                .run(batch -> {
                    var rows = batch.select("v", row -> row.getString("v").length());
                    try (var statement = batch.connection().createStatement()) {
                        statement.execute(CHANGE.formatted(table, batch.condition()));
                        statement.execute("INSERT INTO journal (what) VALUES ('" + table + " " + rows.size() + "')");
                    }
                });
    }

    /** Takes all memory there is in the first attempt. */
    private static void hoard(AsyncContext context) {
        var all = new ConcurrentLinkedQueue<byte[]>();
        while (context.attempt() == 1) {
            all.add(new byte[1 << 20]);
        }
        if (!all.isEmpty()) {
            throw new AsyncMigrationException("used, so that it is not optimized away");
        }
    }

    /** Drains in a process with so much heap. */
    static Process start(TestDatabase database, String heap) throws IOException {
        var command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(SmallHeap.class.getName(), database.url()));
        return new ProcessBuilder(command).inheritIO().start();
    }

    public static void main(String[] arguments) {
        var source = new PGSimpleDataSource();
        source.setURL(arguments[0]);
        var flyway = Flyway.configure()
                .dataSource(source)
                .locations("classpath:dev/turnasync/nothing")
                .javaMigrations(migrations())
                .load();
        try (var node =
                AsyncMigrations.builder(flyway).retryPolicy(Deployment.AT_ONCE).build()) {
            node.drain();
        }
    }
}
