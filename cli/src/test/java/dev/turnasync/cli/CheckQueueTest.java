package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CheckQueueTest {

    @Test
    void printsEachProblemWithItsNextStepAndTheCounts() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();
            shop.database().execute("CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (1)");
            shop.database().execute("""
                            CREATE INDEX t_a ON t (a);
                            UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 't_a'::regclass""");

            var check = shop.run("check-queue");

            assertThat(check.exitCode()).isEqualTo(1);
            assertThat(check.out()).isEqualTo("""
                            PROBLEM  BLOCKED  V2 Backfill email domain failed, and every entry after it waits: attempt 1 met an error that repeating cannot mend
                              next   `turnasync show 2` tells the error; then `turnasync retry 2` or `turnasync skip 2 --reason '…'`
                            PROBLEM  INVALID_INDEX  index public.t_a on t is invalid: a concurrent build of it did not finish
                              next   `DROP INDEX CONCURRENTLY public.t_a`, then retry the migration that builds it
                            note     no async migration classes at hand, so classes and missing entries were not checked
                            not healthy: 2 problems, 0 notices in public.flyway_schema_history, 3 entries: 2 QUEUED, 1 FAILED
                            """);
        }
    }

    @Test
    void repeatsTheOptionsThatTheNextCommandNeeds() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();

            var check = shop.run("check-queue", "--url", shop.url(), "--user=postgres", "--location", Shop.LOCATION);

            assertThat(check.out())
                    .contains("`turnasync show 2 --url '" + shop.url() + "' --user postgres` tells")
                    .contains("`turnasync retry 2 --url '" + shop.url() + "' --user postgres --location "
                            + Shop.LOCATION + "`");
        }
    }

    @Test
    void findsMissingEntriesWhenItKnowsTheClasses() {
        try (var shop = Shop.migrated()) {
            shop.database().execute("DELETE FROM async_schema_migrations WHERE entry_key = '3'");

            var blind = shop.run("check-queue");
            var check = shop.run("check-queue", "--location", Shop.LOCATION);

            assertThat(blind.exitCode()).isZero();
            assertThat(check.exitCode()).isEqualTo(1);
            assertThat(check.out()).contains("PROBLEM  ENTRY_MISSING  3 Backfill name is applied");
            assertThat(shop.run("retry", "3", "--location", Shop.LOCATION).exitCode())
                    .isZero();
            assertThat(shop.run("check-queue", "--location", Shop.LOCATION).exitCode())
                    .isZero();
        }
    }

    @Test
    void tellsMachinesTheSame() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            shop.drain();

            var check = shop.run("check-queue", "--json");

            assertThat(check.exitCode()).isEqualTo(1);
            var answer = check.json();
            assertThat(answer.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "queue",
                            "healthy",
                            "checkedAt",
                            "problems",
                            "notices",
                            "entries",
                            "findings",
                            "notes",
                            "fixed",
                            "dryRun");
            assertThat(answer.get("healthy").asBoolean()).isFalse();
            assertThat(answer.get("problems").asInt()).isEqualTo(1);
            var finding = answer.get("findings").get(0);
            assertThat(finding.get("kind").asText()).isEqualTo("BLOCKED");
            assertThat(finding.get("severity").asText()).isEqualTo("PROBLEM");
            assertThat(finding.get("subject").asText()).isEqualTo("2");
            assertThat(finding.get("nextStep").asText()).contains("`turnasync retry 2`");
            assertThat(answer.get("notes")).hasSize(1);
        }
    }

    @Test
    void isNotHealthyWhereThereIsNoHistory() {
        try (var shop = Shop.migrated()) {
            var check = shop.run("check-queue", "--table", "flyway_schema_histori");

            assertThat(check.exitCode()).isNotZero();
            assertThat(check.all()).contains("flyway_schema_histori");
        }
    }
}
