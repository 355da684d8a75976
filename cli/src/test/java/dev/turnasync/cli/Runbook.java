package dev.turnasync.cli;

import dev.turnasync.cli.MigrationJar.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Brings a queue into each situation of docs/operations.md and does what is told there. */
final class Runbook {

    private static final Source CREATE = Source.sync(
            "V1__Create_users", "CREATE TABLE users (id BIGINT PRIMARY KEY, email TEXT, domain VARCHAR(12))");
    private static final Source BACKFILL =
            Source.async("V7__Backfill_email_domain", "UPDATE users SET domain = split_part(email, '@', 2)");
    private static final Source INDEX = Source.async(
                    "V8__Index_users_by_email", "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email)")
            .outsideTransactions();
    private static final Source ROUND = Source.async("V9__Lower_emails", "UPDATE users SET email = lower(email)")
            .undoneBy("UPDATE users SET email = initcap(email)");

    private final Map<String, String> transcripts = new TreeMap<>();
    private final Path folder;
    private final MigrationJar app;

    private Runbook(Path folder) {
        this.folder = folder;
        this.app = MigrationJar.of(folder, "app.jar", List.of(CREATE, BACKFILL, INDEX, ROUND));
    }

    /** All transcripts by name. */
    static Map<String, String> transcripts(Path folder) {
        var book = new Runbook(folder);
        book.blocked();
        book.tooFewWorkers();
        book.lease();
        book.classes();
        book.history();
        book.held();
        book.backfill();
        book.undo();
        book.gate();
        book.people();
        return book.transcripts;
    }

    private void tell(String name, Shop shop, Consumer<Transcript> story) {
        var transcript = new Transcript(shop, folder);
        story.accept(transcript);
        if (transcripts.put(name, transcript.text()) != null) {
            throw new IllegalStateException("twice: " + name);
        }
    }

    private Shop deployed() {
        var shop = Shop.empty();
        app.migrate(shop);
        shop.database().execute("INSERT INTO users VALUES (1, 'Ada@example.org'), (2, 'bob@mail.example.org')");
        return shop;
    }

    /** A domain is longer than its column, so V7 fails. */
    private Shop failed() {
        var shop = deployed();
        drain(shop);
        return shop;
    }

    private Shop drained() {
        var shop = deployed();
        widen(shop);
        drain(shop);
        return shop;
    }

    private static void widen(Shop shop) {
        shop.database().execute("ALTER TABLE users ALTER COLUMN domain TYPE TEXT");
    }

    private void drain(Shop shop) {
        shop.run("drain", "--jar", app.path().toString());
    }

    private void blocked() {
        try (var shop = failed()) {
            tell("blocked", shop, person -> person.type("turnasync check-queue").type("turnasync show 7"));
            widen(shop);
            tell(
                    "blocked-retry",
                    shop,
                    person -> person.type("turnasync retry 7 --actor ada --reason 'the column is TEXT now'"));
            drain(shop);
            tell("blocked-after", shop, person -> person.type("turnasync list"));
        }
        try (var shop = failed()) {
            tell(
                    "blocked-skip",
                    shop,
                    person -> person.type(
                                    "turnasync skip 7 --actor ada --reason 'the domain is not used any more' --dry-run")
                            .type("turnasync skip 7 --actor ada --reason 'the domain is not used any more'"));
        }
        try (var shop = failed()) {
            tell(
                    "blocked-mark-applied",
                    shop,
                    person -> person.type("turnasync mark-applied 7 --actor ada --reason 'filled by hand'"));
        }
        try (var shop = deployed()) {
            widen(shop);
            shop.database().execute("INSERT INTO users VALUES (3, 'bob@mail.example.org')");
            drain(shop);
            // The same address may have come from the application a moment ago, so it is tried again, and then the
            // leftover is in the way.
            shop.run("retry", "8", "--actor", "ada", "--reason", "now");
            drain(shop);
            tell("invalid-index", shop, person -> person.type("turnasync check-queue"));
            shop.database().execute("DELETE FROM users WHERE id = 3");
            shop.database().execute("DROP INDEX CONCURRENTLY public.users_email");
            tell(
                    "invalid-index-retry",
                    shop,
                    person -> person.type("turnasync retry 8 --actor ada --reason 'duplicates removed'")
                            .type("turnasync drain --jar app.jar"));
        }
    }

    private void tooFewWorkers() {
        try (var shop = deployed()) {
            widen(shop);
            shop.database().execute("""
                            UPDATE async_schema_migrations
                            SET status_since = status_since - INTERVAL '2 hours', queued_at = queued_at - INTERVAL '2 hours'""");
            tell(
                    "no-worker",
                    shop,
                    person -> person.type("turnasync check-queue").type("turnasync drain --jar app.jar"));
        }
        try (var shop = deployed()) {
            widen(shop);
            running(shop);
            tell(
                    "drain-held",
                    shop,
                    person -> person.type("turnasync drain --jar app.jar").type("echo $?"));
            shop.database()
                    .execute("UPDATE async_schema_lease SET lease_until = clock_timestamp() + INTERVAL '1 second'");
            tell(
                    "drain-wait",
                    shop,
                    person -> person.type("turnasync drain --jar app.jar --wait 10m")
                            .type("echo $?"));
        }
        try (var shop = deployed()) {
            diedRunning(shop);
            tell(
                    "worker-died",
                    shop,
                    person -> person.type("turnasync check-queue").type("turnasync check-queue --fix --actor ada"));
        }
    }

    private static void running(Shop shop) {
        shop.database().execute("""
                        UPDATE async_schema_migrations
                        SET came_from = 'QUEUED', status = 'RUNNING', attempt = 1, token = 1, worker = 'app-1', reason = NULL,
                            started_at = '2026-03-01T09:58:00Z'
                        WHERE entry_key = '7';
                        INSERT INTO async_schema_attempts (entry_id, attempt, worker, token)
                        SELECT id, attempt, worker, token FROM async_schema_migrations WHERE status = 'RUNNING';
                        UPDATE async_schema_lease
                        SET token = 1, worker = 'app-1', renewed_at = clock_timestamp(),
                            lease_until = clock_timestamp() + INTERVAL '1 hour'""");
    }

    private static void diedRunning(Shop shop) {
        running(shop);
        shop.database()
                .execute("UPDATE async_schema_lease SET renewed_at = clock_timestamp() - INTERVAL '1 minute',"
                        + " lease_until = clock_timestamp() - INTERVAL '30 seconds'");
    }

    private void lease() {
        try (var shop = deployed()) {
            shop.database().execute("DELETE FROM async_schema_lease");
            tell(
                    "lease-missing",
                    shop,
                    person -> person.type("turnasync check-queue").type("turnasync check-queue --fix --actor ada"));
        }
        try (var shop = deployed()) {
            shop.database().execute("""
                            UPDATE async_schema_lease
                            SET token = 1, worker = 'app-1', renewed_at = clock_timestamp() + INTERVAL '1 day',
                                lease_until = clock_timestamp() + INTERVAL '1 day'""");
            tell(
                    "clock",
                    shop,
                    person -> person.type("turnasync check-queue").type("turnasync check-queue --fix --actor ada"));
        }
        try (var shop = deployed()) {
            shop.database().execute("""
                            UPDATE async_schema_lease
                            SET setback = 'worker app-1 held token 41 and ran V7 Backfill email domain, attempt 1, and the'
                                || ' database no longer knows of it'""");
            tell(
                    "went-back",
                    shop,
                    person -> person.type("turnasync check-queue").type("turnasync check-queue --fix --actor ada"));
        }
    }

    private void classes() {
        try (var shop = deployed()) {
            widen(shop);
            shop.run("drain", "--max", "1", "--jar", app.path().toString());
            var without = MigrationJar.of(folder, "yesterday.jar", List.of(CREATE, BACKFILL, ROUND));
            tell(
                    "class-missing",
                    shop,
                    person -> person.type("turnasync check-queue --jar "
                                    + without.path().getFileName())
                            .type("turnasync drain --jar " + without.path().getFileName())
                            .type("turnasync check-queue --jar app.jar"));
        }
        try (var shop = Shop.empty()) {
            app.with(
                    shop,
                    flyway -> flyway.configuration(Map.of(
                                    "flyway.turnasync.mode", "inline", "flyway.postgresql.transactional.lock", "false"))
                            .load()
                            .migrate());
            tell(
                    "entry-missing",
                    shop,
                    person -> person.type("turnasync check-queue --jar app.jar")
                            .type("turnasync mark-applied 7 --jar app.jar --actor ada --reason 'migrate ran it'"));
        }
    }

    private void history() {
        try (var shop = deployed()) {
            MigrationJar.of(folder, "repair.jar", List.of(CREATE, INDEX, ROUND))
                    .with(shop, flyway -> flyway.load().repair());
            tell("withdrawn", shop, person -> person.type("turnasync check-queue"));
            app.with(shop, flyway -> flyway.outOfOrder(true).load().migrate());
            tell("withdrawn-after", shop, person -> person.type("turnasync list"));
        }
        try (var shop = drained()) {
            shop.database().execute("DELETE FROM flyway_schema_history WHERE version = '9'");
            tell("history-behind", shop, person -> person.type("turnasync check-queue"));
            app.migrate(shop);
            tell(
                    "history-behind-after",
                    shop,
                    person -> person.type("turnasync mark-applied 9 --actor ada --reason 'done before the restore'")
                            .type("turnasync check-queue"));
        }
    }

    private void held() {
        var jar = MigrationJar.of(folder, "held.jar", List.of(CREATE, BACKFILL.held()));
        try (var shop = Shop.empty()) {
            jar.migrate(shop);
            tell(
                    "held",
                    shop,
                    person -> person.type("turnasync check-queue")
                            .type("turnasync resume 7 --actor ada --reason 'approved by the data team'"));
        }
    }

    private void backfill() {
        try (var shop = deployed()) {
            running(shop);
            shop.database().execute("""
                            INSERT INTO async_schema_progress (entry_id, attempt, done, total, rate, phase, waiting, waiting_since)
                            SELECT id, 1, 250000, 1000000, 1000, 'batch', 'replica r1 is 12 s behind', '2026-03-01T10:00:00Z'
                            FROM async_schema_migrations WHERE entry_key = '7'""");
            tell("backfill-watch", shop, person -> person.type("turnasync watch --once"));
            tell(
                    "backfill-throttle",
                    shop,
                    person -> person.type("turnasync throttle 7 --for 10m --actor ada --reason 'nightly report'")
                            .type("turnasync throttle 7 --for 0 --actor ada --reason 'report is done'"));
            tell(
                    "backfill-pause",
                    shop,
                    person -> person.type("turnasync pause 7 --actor ada --reason 'sale until Sunday'")
                            .type("turnasync resume 7 --actor ada --reason 'sale is over'"));
            tell(
                    "backfill-cancel",
                    shop,
                    person -> person.type("turnasync cancel 7 --actor ada --reason 'locks the users table'"));
        }
    }

    private void undo() {
        try (var shop = drained()) {
            tell(
                    "undo",
                    shop,
                    person -> person.type("turnasync undo 9 --actor ada --reason 'case matters'")
                            .type("turnasync wait --all --timeout 5m", () -> drain(shop))
                            .type("turnasync undo 9 --mark-history --actor ada --reason 'case matters'"));
        }
    }

    private void gate() {
        try (var shop = deployed()) {
            gate("gate-timeout", shop, "turnasync wait --version 8 --timeout 0");
            gate("gate-unknown", shop, "turnasync wait --version 99 --timeout 0");
            widen(shop);
            tell(
                    "gate-applied",
                    shop,
                    person -> person.type("turnasync wait --version 8 --timeout 15m", () -> drain(shop))
                            .type("echo $?"));
        }
        try (var shop = failed()) {
            gate("gate-blocked", shop, "turnasync wait --version 8 --timeout 15m");
        }
    }

    private void gate(String name, Shop shop, String line) {
        tell(name, shop, person -> person.type(line).type("echo $?"));
    }

    private void people() {
        try (var shop = failed()) {
            tell(
                    "two-operators",
                    shop,
                    person -> person.type("turnasync skip 7 --actor ada --reason 'filled by hand'")
                            .type("turnasync retry 7 --actor bob"));
            shop.run("pause", "8", "--actor", "bob", "--reason", "sale until Sunday");
            tell("audit", shop, person -> person.type("turnasync audit"));
        }
        try (var shop = deployed()) {
            var role = "app_"
                    + shop.database().column("SELECT current_database()::TEXT").get(0);
            shop.database()
                    .execute(
                            "CREATE ROLE %1$s LOGIN; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO %1$s"
                                    .formatted(role));
            try {
                tell("rights", shop, person -> person.type("turnasync doctor --user " + role + " | grep -v ^OK"));
            } finally {
                shop.database().execute("DROP OWNED BY %1$s; DROP ROLE %1$s".formatted(role));
            }
        }
    }
}
