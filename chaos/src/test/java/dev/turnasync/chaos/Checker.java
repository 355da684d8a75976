package dev.turnasync.chaos;

import dev.turnasync.chaos.Workload.Style;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reads after a run what it left in the database. Knows what was to happen, and nothing of how. */
final class Checker {

    /** A batch that was committed. */
    record Row(int migration, int batch, int attempt, long txid) {}

    /** An entry with its attempts' outcomes, oldest first. */
    private record Entry(int migration, String status, int attempt, int failedAttempts) {}

    private record Attempt(int migration, int attempt, String outcome) {}

    private final Database database;
    private final RunnerOptions options;
    private final int migrations;
    private final Set<Integer> skipped;
    private final List<String> findings = new ArrayList<>();
    private boolean complete;
    private int duplicates;
    private int inversions;
    private int gaps;
    private int lost;
    private int miscounted;

    Checker(Database database, RunnerOptions options) {
        this.database = database;
        this.options = options;
        this.migrations = options.number("migrations");
        this.skipped = decided("skip");
    }

    Verdict check() {
        var rows = database.list(
                "SELECT migration, batch, attempt, txid FROM journal ORDER BY id",
                row -> new Row(row.getInt(1), row.getInt(2), row.getInt(3), row.getLong(4)));
        checkOrder(rows);
        var byMigration = rows.stream().collect(Collectors.groupingBy(Row::migration));
        for (var migration = 1; migration <= migrations; migration++) {
            var own = byMigration.getOrDefault(migration, List.of());
            complete = !skipped.contains(migration);
            if (Workload.style(migration, options) == Style.PLAIN) {
                checkAtLeastOnce(migration, own);
            } else {
                checkOnce(migration, own);
            }
        }
        checkEntries();
        checkHistory();
        checkLease();
        return new Verdict(duplicates, inversions, gaps, lost, miscounted, outcomes(), List.copyOf(findings));
    }

    /** Each migration begins after the one before has ended, and attempts follow each other. */
    private void checkOrder(List<Row> rows) {
        var last = new Row(0, 0, 0, 0);
        for (var row : rows) {
            if (row.migration() < last.migration()
                    || (row.migration() == last.migration() && row.attempt() < last.attempt())) {
                inversions++;
                findings.add(row + " came after " + last);
            } else {
                last = row;
            }
        }
    }

    /** Each batch once, in order. */
    private void checkOnce(int migration, List<Row> rows) {
        var seen = new HashSet<Integer>();
        var last = 0;
        for (var row : rows) {
            if (!seen.add(row.batch())) {
                duplicates++;
                findings.add(row + " is there already");
            } else if (row.batch() < last) {
                inversions++;
                findings.add(row + " came after batch " + last);
            }
            last = Math.max(last, row.batch());
        }
        requireAll(migration, seen);
        if (Workload.style(migration, options) == Style.WHOLE
                && rows.stream().map(Row::txid).distinct().count() > 1) {
            gaps++;
            findings.add("migration " + migration + " was torn: " + rows);
        }
    }

    /** From the first batch on in each attempt, without a hole; all of them in the last attempt. */
    private void checkAtLeastOnce(int migration, List<Row> rows) {
        var byAttempt = new HashMap<Integer, List<Integer>>();
        var last = 0;
        for (var row : rows) {
            byAttempt
                    .computeIfAbsent(row.attempt(), attempt -> new ArrayList<>())
                    .add(row.batch());
            last = Math.max(last, row.attempt());
        }
        byAttempt.forEach((attempt, batches) -> checkAttempt(migration, attempt, batches));
        requireAll(migration, new HashSet<>(byAttempt.getOrDefault(last, List.of())));
    }

    private void checkAttempt(int migration, int attempt, List<Integer> batches) {
        var expected = IntStream.rangeClosed(1, batches.size()).boxed().toList();
        if (!batches.equals(expected)) {
            duplicates += batches.size() - new HashSet<>(batches).size();
            inversions++;
            findings.add("migration " + migration + ", attempt " + attempt + " wrote " + batches);
        }
    }

    /** What a person decided to leave out may have been begun. */
    private void requireAll(int migration, Set<Integer> seen) {
        if (!complete) {
            return;
        }
        var missing = Workload.BATCHES - seen.size();
        if (missing != 0) {
            gaps += missing;
            findings.add("migration " + migration + " has " + seen + " only");
        }
    }

    private void checkEntries() {
        var entries = database.list(
                "SELECT version, status, attempt, failed_attempts FROM async_schema_migrations ORDER BY id",
                row -> new Entry(Integer.parseInt(row.getString(1)), row.getString(2), row.getInt(3), row.getInt(4)));
        var attempts = attempts();
        for (var entry : entries) {
            if (!entry.status().equals(skipped.contains(entry.migration()) ? "SKIPPED" : "SUCCEEDED")) {
                lost++;
                findings.add("not done: " + entry);
            }
            checkAttempts(entry, attempts.getOrDefault(entry.migration(), List.of()));
        }
        if (!entries.stream().map(Entry::migration).toList().equals(all())) {
            lost += Math.max(1, Math.abs(migrations - entries.size()));
            findings.add("entries: " + entries);
        }
    }

    /** Each version is there once, and no failure stands in the way of the next deploy. */
    private void checkHistory() {
        var applied = database.list(
                "SELECT version FROM flyway_schema_history WHERE success AND version <> '0' ORDER BY installed_rank",
                row -> Integer.parseInt(row.getString(1)));
        var failed = database.number("SELECT count(*) FROM flyway_schema_history WHERE NOT success");
        if (!applied.equals(all()) || failed != 0) {
            lost++;
            findings.add("history: " + applied + " and " + failed + " failed");
        }
    }

    private List<Integer> all() {
        return IntStream.rangeClosed(1, migrations).boxed().toList();
    }

    /** The decisions of people, as they are on record. */
    private Set<Integer> decided(String action) {
        return new HashSet<>(database.list(
                "SELECT m.version FROM async_schema_actions a JOIN async_schema_migrations m ON m.id = a.entry_id"
                        + " WHERE a.action = ?",
                row -> Integer.parseInt(row.getString(1)),
                action));
    }

    private Map<Integer, List<Attempt>> attempts() {
        return database
                .list("""
                        SELECT m.version, a.attempt, a.outcome
                        FROM async_schema_attempts a JOIN async_schema_migrations m ON m.id = a.entry_id
                        ORDER BY m.id, a.attempt""", row -> new Attempt(Integer.parseInt(row.getString(1)), row.getInt(2), row.getString(3)))
                .stream()
                .collect(Collectors.groupingBy(Attempt::migration));
    }

    private void checkAttempts(Entry entry, List<Attempt> attempts) {
        var outcomes = attempts.stream().map(Attempt::outcome).toList();
        var numbers = attempts.stream().map(Attempt::attempt).toList();
        var succeeded = outcomes.stream().filter("SUCCEEDED"::equals).count();
        var failed = outcomes.stream().filter("FAILED"::equals).count();
        // A retry begins to count from nothing.
        var counted = decided("retry").contains(entry.migration())
                ? failed >= entry.failedAttempts()
                : failed == entry.failedAttempts();
        var fits =
                numbers.equals(IntStream.rangeClosed(1, entry.attempt()).boxed().toList())
                        && !outcomes.contains("RUNNING")
                        && counted
                        && succeeded == (entry.status().equals("SUCCEEDED") ? 1 : 0)
                        && (succeeded == 0 || Objects.equals(outcomes.get(outcomes.size() - 1), "SUCCEEDED"));
        if (!fits) {
            miscounted++;
            findings.add(entry + " has attempts " + outcomes);
        }
    }

    /** How often attempts ended how, for the curious. */
    String outcomes() {
        return String.join(
                ", ",
                database.list(
                        "SELECT outcome || '=' || count(*) FROM async_schema_attempts GROUP BY outcome ORDER BY outcome",
                        row -> row.getString(1)));
    }

    private void checkLease() {
        var leases = database.number("SELECT count(*) FROM async_schema_lease");
        if (leases != 1) {
            findings.add(leases + " lease rows");
        }
        // A release that could not be stored costs a lease at most.
        var endless = database.number("""
                SELECT count(*)
                FROM async_schema_lease
                WHERE lease_until > clock_timestamp() + INTERVAL '5 seconds'""");
        if (endless != 0) {
            findings.add("the lease is held for long");
        }
    }
}
