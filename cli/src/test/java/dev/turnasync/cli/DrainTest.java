package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.EntryStatus;
import org.junit.jupiter.api.Test;

final class DrainTest {

    private static String untimed(String text) {
        return text.replaceAll("in \\d+(\\.\\d)? m?s", "in 5 ms");
    }

    @Test
    void tellsWhatItRunsAndWhyItEnds() {
        try (var shop = Shop.migrated()) {
            var drain = shop.drain();

            assertThat(drain.exitCode()).isZero();
            assertThat(drain.err()).isEmpty();
            assertThat(untimed(drain.out())).isEqualTo("""
                            V2 Backfill email domain: started, attempt 1
                            V2 Backfill email domain: succeeded in 5 ms
                            V3 Backfill name: started, attempt 1
                            V3 Backfill name: succeeded in 5 ms
                            V4 Drop old totals: started, attempt 1
                            V4 Drop old totals: succeeded in 5 ms
                            3 succeeded; ended because no entry is left
                            """);
        }
    }

    @Test
    void refusesWhereNoWorkerCanTakeTheLease() {
        try (var shop = Shop.migrated()) {
            shop.database().execute("DELETE FROM async_schema_lease");

            var drain = shop.drain();

            assertThat(drain.exitCode()).isEqualTo(1);
            assertThat(drain.err()).contains("its lease row is lost", "`turnasync check-queue --fix");
            shop.run("check-queue", "--fix");
            assertThat(shop.drain().exitCode()).isZero();
        }
    }

    @Test
    void endsWithOneAtAFailureAndSaysWhatIsNext() {
        try (var shop = Shop.migrated().failing("3", "relation \"names\" does not exist\n  Position: 15")) {
            var drain = shop.drain();

            assertThat(drain.exitCode()).isEqualTo(1);
            assertThat(untimed(drain.out())).isEqualTo("""
                            V2 Backfill email domain: started, attempt 1
                            V2 Backfill email domain: succeeded in 5 ms
                            V3 Backfill name: started, attempt 1
                            V3 Backfill name: failed: attempt 1 met an error that repeating cannot mend
                                java.sql.SQLException: relation "names" does not exist
                                  Position: 15
                            1 succeeded, 1 failed for good; ended because V3 Backfill name failed and holds back every entry after it
                              next  `turnasync show 3` tells the error; then `turnasync retry 3 --location LOC` or `turnasync skip 3 --reason '…' --location LOC`
                            """.replace("LOC", Shop.LOCATION));
            assertThat(shop.drain().exitCode()).isEqualTo(1);
            assertThat(shop.status("4")).isEqualTo(EntryStatus.QUEUED);
        }
    }

    @Test
    void endsWithFiveWhileItsHeadIsNotDue() {
        try (var shop = Shop.migrated().failing("2", "deadlock", "40P01")) {
            var first = shop.drain();
            var second = shop.drain();

            assertThat(first.exitCode()).isEqualTo(5);
            assertThat(first.out())
                    .contains("V2 Backfill email domain: attempt 1 failed; the next one is due in ")
                    .contains(
                            "1 failed and will be repeated; ended because V2 Backfill email domain waits for its next attempt");
            assertThat(second.exitCode()).isEqualTo(5);
            assertThat(second.out())
                    .startsWith("nothing was run; ended because V2")
                    .endsWith("  next  `turnasync drain --wait 10m --location " + Shop.LOCATION + "` waits for it\n");
        }
    }

    private static void heldFor(Shop shop, String interval) {
        shop.database()
                .execute(
                        "UPDATE async_schema_lease SET token = token + 1, worker = 'killed', renewed_at = clock_timestamp(),"
                                + " lease_until = clock_timestamp() + INTERVAL '" + interval + "'");
    }

    @Test
    void endsWithFiveWhenAnotherWorkerHoldsTheLeaseAndWithZeroWhenItWaitedForIt() {
        try (var shop = Shop.migrated()) {
            heldFor(shop, "1 hour");
            var once = shop.drain();
            heldFor(shop, "10 seconds");
            var patient = shop.drain("--wait", "10m");

            assertThat(once.exitCode()).isEqualTo(5);
            assertThat(once.out())
                    .startsWith("nothing was run; ended because another worker holds the lease of this queue\n")
                    .contains("`turnasync drain --wait 10m");
            assertThat(patient.exitCode()).isZero();
            assertThat(patient.out())
                    .startsWith(
                            "V2 Backfill email domain: waiting: another worker holds the lease of this queue\nV2 Backfill email domain: started")
                    .endsWith("3 succeeded; ended because no entry is left\n");
        }
    }

    @Test
    void endsWithFiveWhenTheTimeToWaitIsUp() {
        try (var shop = Shop.migrated()) {
            heldFor(shop, "1 hour");

            var drain = shop.drain("--wait", "50ms", "--json");

            assertThat(drain.exitCode()).isEqualTo(5);
            assertThat(drain.err()).contains("waiting: another worker holds the lease");
            assertThat(drain.json().get("stopReason").asText()).isEqualTo("LEASE_HELD");
            assertThat(shop.drain("--wait", "50ms").out())
                    .endsWith(
                            "nothing was run; ended after waiting 50 ms because another worker holds the lease of this queue\n");
        }
    }

    @Test
    void endsWithOneAtOnceWhenAPersonMustAct() {
        try (var shop = Shop.migrated().failing("2", "no such table")) {
            assertThat(shop.drain("--wait", "10m").exitCode()).isEqualTo(1);
            shop.run("retry", "2");
            shop.run("pause", "2", "--reason", "not now");
            assertThat(shop.drain("--wait", "10m").exitCode()).isEqualTo(1);
            assertThat(shop.run("drain", "--wait", "10m", "--location", "classpath:db/migration")
                            .exitCode())
                    .isEqualTo(1);
        }
    }

    @Test
    void runsAtMostAsManyAsAsked() {
        try (var shop = Shop.migrated()) {
            var drain = shop.drain("--max", "2");

            assertThat(drain.exitCode()).isZero();
            assertThat(drain.out()).endsWith("2 succeeded; ended because --max is reached\n");
            assertThat(shop.status("3")).isEqualTo(EntryStatus.SUCCEEDED);
            assertThat(shop.status("4")).isEqualTo(EntryStatus.QUEUED);
        }
    }

    @Test
    void tellsWhichClassIsMissing() {
        try (var shop = Shop.migrated()) {
            var drain = shop.run("drain", "--location", "classpath:db/migration");

            assertThat(drain.exitCode()).isEqualTo(1);
            assertThat(drain.out())
                    .contains("no --jar has the class of V2 Backfill email domain")
                    .contains("dev.turnasync.cli.fixture.shop.V2__Backfill_email_domain");
        }
    }

    @Test
    void tellsMachinesTheSumAndKeepsTheStoryOffTheAnswer() {
        try (var shop = Shop.migrated().failing("3", "no")) {
            var drain = shop.drain("--json");

            assertThat(drain.exitCode()).isEqualTo(1);
            assertThat(drain.err()).contains("V2 Backfill email domain: started");
            var answer = drain.json();
            assertThat(answer.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "queue", "succeeded", "retryable", "failed", "handedBack", "stopReason", "head", "failure");
            assertThat(answer.get("succeeded").asInt()).isEqualTo(1);
            assertThat(answer.get("failed").asInt()).isEqualTo(1);
            assertThat(answer.get("stopReason").asText()).isEqualTo("BLOCKED");
            assertThat(answer.get("head").get("key").asText()).isEqualTo("3");
            assertThat(answer.get("failure").get("message").asText()).isEqualTo("no");
        }
    }
}
