package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import dev.turnasync.chaos.BackfillMigration.Form;
import dev.turnasync.chaos.Holds.Held;
import dev.turnasync.chaos.Holds.Moment;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One run: workers backfill a table while blows fall at rows that a seed decides, on whoever changes them. */
final class BackfillRun {

    /** A blow at a moment of the batch that has a row. */
    record Point(int row, Moment moment, Blow blow) {}

    /** A moment and a blow. */
    record Kind(Moment moment, Blow blow) {}

    static final List<Kind> KILLS = List.of(
            new Kind(Moment.STATEMENT, Blow.KILL),
            new Kind(Moment.CHECKPOINT, Blow.KILL),
            new Kind(Moment.COMMIT, Blow.KILL),
            new Kind(Moment.COMMIT, Blow.KILL_AFTER_COMMIT),
            new Kind(Moment.COMMIT, Blow.KILL_ABOUT_COMMIT));

    static final List<Kind> OTHERS = List.of(
            new Kind(Moment.COMMIT, Blow.FREEZE_AFTER_COMMIT),
            new Kind(Moment.STATEMENT, Blow.END_SESSION),
            new Kind(Moment.COMMIT, Blow.CUT),
            new Kind(Moment.STATEMENT, Blow.FREEZE),
            new Kind(Moment.COMMIT, Blow.SWALLOW_AFTER_COMMIT),
            new Kind(Moment.CHECKPOINT, Blow.CUT),
            new Kind(Moment.COMMIT, Blow.END_SESSION),
            new Kind(Moment.STATEMENT, Blow.CUT));

    /** What to do. */
    record Plan(Form form, long seed, int rows, List<Point> points, int workers) {

        static final int BATCH = 250;

        /** Points in batches that the seed draws, each kind in turn. */
        static Plan drawn(Form form, long seed, int rows, List<Kind> kinds) {
            var random = new Random(seed);
            var batches = IntStream.range(0, rows / BATCH).boxed().collect(Collectors.toList());
            Collections.shuffle(batches, random);
            var points = IntStream.range(0, kinds.size())
                    .mapToObj(i -> new Point(
                            batches.get(i) * BATCH + 1 + random.nextInt(BATCH),
                            kinds.get(i).moment(),
                            kinds.get(i).blow()))
                    .toList();
            return new Plan(form, seed, rows, points, 2);
        }

        Plan withWorkers(int count) {
            return new Plan(form, seed, rows, points, count);
        }
    }

    /** How it went. */
    record Result(Plan plan, Duration took, List<Point> struck, List<String> outcomes, List<String> findings) {

        String line() {
            return "backfill " + plan.form() + " seed " + plan.seed() + ": " + took.toMillis() + " ms, " + kills()
                    + " kills of " + struck.size() + " blows " + counts(point -> point.blow() + "@" + point.moment())
                    + ", attempts "
                    + outcomes.stream()
                            .collect(Collectors.groupingBy(
                                    outcome -> outcome.replaceFirst("(?s) .*", ""),
                                    TreeMap::new,
                                    Collectors.counting()))
                    + ", findings " + findings;
        }

        long kills() {
            return struck.stream().filter(point -> point.blow().isKill()).count();
        }

        private Map<String, Long> counts(Function<Point, String> by) {
            return struck.stream().collect(Collectors.groupingBy(by, TreeMap::new, Collectors.counting()));
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Plan plan;
    private final Database database;
    private final Fleet fleet;
    private final BackfillTables tables;
    private final Map<Integer, Point> left;
    private final List<Point> struck = new ArrayList<>();

    private BackfillRun(Plan plan, RunnerOptions options, Database database) {
        this.plan = plan;
        this.database = database;
        this.tables = new BackfillTables(database);
        this.left = plan.points().stream().collect(Collectors.toMap(Point::row, point -> point));
        var logs = Path.of("target", "chaos", "backfill-" + plan.form() + "-" + plan.seed());
        this.fleet = new Fleet(options, database, Postgres.shared().port(), logs.toAbsolutePath());
    }

    /** Of a backfill with default options. */
    static RunnerOptions options(Form form) {
        return RunnerOptions.of("thread").with("workload", "backfill").with("form", form);
    }

    static Result run(Plan plan, RunnerOptions options) throws SQLException {
        var database = Postgres.shared().database(options);
        try {
            return new BackfillRun(plan, options, database).run();
        } finally {
            Postgres.shared().drop(database);
        }
    }

    private Result run() throws SQLException {
        var start = Instant.now();
        tables.create(plan.rows(), plan.form() == Form.PARALLEL);
        var findings = new ArrayList<String>();
        try (fleet;
                var holds = Holds.atRows(database)) {
            plan.points().forEach(point -> holds.add(point.row(), point.moment()));
            fleet.start(plan.workers());
            findings.addAll(strike(holds));
            findings.addAll(fleet.stop());
        }
        findings.addAll(tables.findings(plan.rows(), plan.form() == Form.JAVA));
        return new Result(plan, Duration.between(start, Instant.now()), struck, tables.outcomes(), findings);
    }

    private List<String> strike(Holds holds) {
        var target = new Blow.Target(fleet, database, tables, holds, new Random(~plan.seed()));
        var findings = new ArrayList<String>();
        for (var held = next(holds); held.isPresent(); held = next(holds)) {
            var reached = holds.rows();
            var runner = fleet.owner();
            var point = left.get(held.get().row());
            if (runner.isEmpty()) {
                findings.addAll(leave(holds, held.get()));
                continue;
            }
            point.blow().strike(target, held.get(), runner.get());
            // One that is killed is killed at all the rows where its sessions wait.
            for (var row : point.blow().isKill() ? reached : List.of(point.row())) {
                var gone = left.remove(row);
                if (gone != null) {
                    struck.add(new Point(row, gone.moment(), point.blow()));
                }
            }
        }
        return findings;
    }

    /** What a dead worker left may reach a point, too. Its entry must still be RUNNING then, so that no other attempt begins. */
    private List<String> leave(Holds holds, Held held) {
        var running = database.number("SELECT count(*) FROM async_schema_migrations WHERE status = 'RUNNING'");
        var findings = running == 0 && holds.isHeld(held)
                ? List.of("row " + held.row() + " is being changed while nothing is RUNNING")
                : List.<String>of();
        holds.letGo(held.row());
        return findings;
    }

    /** The next session that waits at a point whose blow has not fallen yet; empty at the end. */
    private Optional<Held> next(Holds holds) {
        await("the next point or the end of the queue after " + struck)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> holds.held().isPresent() || tables.isDone());
        return holds.held();
    }
}
