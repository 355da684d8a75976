package dev.turnasync.chaos;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;

/**
 * One run: a fleet drains a queue while things go wrong, at moments that a seed decides. They are counted in committed batches
 * more than in time, so that the same seed means about the same on another machine.
 */
final class ChaosRun {

    /** What to do: the fleet's options, how many runners, and which events in which order. */
    record Plan(RunnerOptions options, long seed, List<Event> events) {

        /** Events drawn from some, so that no run is like the other. */
        static Plan drawn(RunnerOptions options, long seed, int count) {
            var possible = Event.possible(options);
            var random = new Random(seed);
            return new Plan(
                    options,
                    seed,
                    random.ints(count, 0, possible.size())
                            .mapToObj(possible::get)
                            .toList());
        }

        private Plan with(RunnerOptions others) {
            return new Plan(others, seed, events);
        }
    }

    /** An event that happened, and the longest time without a batch before the next event. */
    record Struck(Event event, int afterBatches, Duration recovery) {}

    /** How it went. */
    record Result(Plan plan, Duration took, List<Struck> struck, Verdict verdict) {

        String line() {
            var events = struck.stream()
                    .map(one -> one.event() + "@" + one.afterBatches() + " "
                            + one.recovery().toMillis() + " ms")
                    .collect(Collectors.joining(", "));
            return "chaos " + plan.options().text("name") + " seed " + plan.seed() + ": " + took.toMillis() + " ms "
                    + verdict.counts() + " " + events;
        }
    }

    private record Strike(Event event, int afterBatches, Instant at) {}

    private static final System.Logger LOG = System.getLogger(ChaosRun.class.getName());
    private static final int RUNNERS = 3;

    /** The last migrations are deployed while the first are worked on. */
    private static final int DEPLOYED_LATER = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Plan plan;
    private final RunnerOptions options;
    private final Random random;
    private final Scene.Place place;
    private final Database database;
    private int written;

    private ChaosRun(Plan plan, Scene.Place place) {
        this.plan = plan;
        this.options = plan.options();
        this.random = new Random(~plan.seed());
        this.place = place;
        this.database = place.database();
    }

    private static Path logs(Plan plan) {
        return Path.of("target", "chaos", plan.options().text("name") + "-" + plan.seed())
                .toAbsolutePath();
    }

    static Result run(Plan plan, Postgres postgres) {
        var options = plan.options()
                .with("user", Postgres.APPLICATION)
                .with("queued", plan.options().number("migrations") - DEPLOYED_LATER)
                .with("traps", plan.events().stream().anyMatch(Event::isOfBody));
        var database = postgres.database(options);
        var pooler = options.is("pooler") ? new PgBouncer(postgres.port()) : null;
        var upstream = pooler == null ? postgres.workersPort() : pooler.port();
        try (pooler;
                var fleet = new Fleet(options, database, upstream, logs(plan))) {
            return new ChaosRun(plan.with(options), new Scene.Place(options, postgres, database, fleet)).run();
        } finally {
            postgres.drop(database);
        }
    }

    private Result run() {
        var start = Instant.now();
        var strikes = new ArrayList<Strike>();
        var findings = new ArrayList<String>();
        place.fleet().start(RUNNERS);
        try (var scene = new Scene(place, random)) {
            strike(scene, strikes);
            scene.settle();
            scene.deploys().finish().ifPresent(findings::add);
            comes("the end of the queue", this::isDone);
            findings.addAll(scene.findings());
        }
        findings.addAll(place.fleet().stop());
        findings.addAll(orphans());
        var end = Instant.now();
        var verdict = new Checker(database, options).check();
        findings.addAll(verdict.findings());
        return new Result(plan, Duration.between(start, end), recoveries(strikes), verdict.with(findings));
    }

    private void strike(Scene scene, List<Strike> strikes) {
        var batches = Integer.parseInt(options.queued()) * Workload.BATCHES;
        var share = batches / (plan.events().size() + 1);
        for (var i = 0; i < plan.events().size(); i++) {
            var target = i * share + 1 + random.nextInt(share);
            // Some strike while the one before still hurts.
            var waits = i == 0 || random.nextInt(4) > 0;
            if (waits && !comes("batch " + target, () -> written() >= target || isIdle())) {
                return;
            }
            waitABit(random.nextInt(1, 100));
            var event = plan.events().get(i);
            strikes.add(new Strike(event, written(), Instant.now()));
            event.strike(scene);
        }
    }

    /** How many batches are committed; what it was before while the database is away. */
    private int written() {
        var now = database.number("SELECT count(*) FROM journal");
        written = now < 0 ? written : now;
        return written;
    }

    private boolean isIdle() {
        return database.number("SELECT count(*) FROM async_schema_migrations WHERE finished_at IS NULL") == 0;
    }

    private boolean isDone() {
        return database.number("SELECT count(*) FROM async_schema_migrations WHERE finished_at IS NOT NULL")
                == options.number("migrations");
    }

    /** What does not come is found by the checker. */
    private static boolean comes(String what, Callable<Boolean> condition) {
        try {
            await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(condition);
            return true;
        } catch (ConditionTimeoutException e) {
            LOG.log(System.Logger.Level.WARNING, what + " does not come");
            return false;
        }
    }

    private static void waitABit(int millis) {
        await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
    }

    private List<String> orphans() {
        var sql = """
                SELECT application_name || ' ' || state || ' ' || query
                FROM pg_stat_activity
                WHERE application_name LIKE 'turnasync:%' AND datname = current_database()""";
        try {
            await().atMost(PATIENCE)
                    .until(() -> options.is("pooler")
                            || database.list(sql, row -> row.getString(1)).isEmpty());
            return List.of();
        } catch (ConditionTimeoutException e) {
            return database.list(sql, row -> "orphan: " + row.getString(1));
        }
    }

    private List<Struck> recoveries(List<Strike> strikes) {
        var times = database.list(
                "SELECT at FROM journal ORDER BY id", row -> row.getTimestamp(1).toInstant());
        var all = new ArrayList<Struck>();
        for (var i = 0; i < strikes.size(); i++) {
            var from = strikes.get(i);
            var to = i + 1 < strikes.size() ? strikes.get(i + 1).at() : Instant.MAX;
            all.add(new Struck(from.event(), from.afterBatches(), longestGap(times, from.at(), to)));
        }
        return all;
    }

    /** The longest time without a batch that began between two moments; one that begins just before the next event is its. */
    private static Duration longestGap(List<Instant> times, Instant from, Instant next) {
        var to = next.equals(Instant.MAX) ? next : next.minusMillis(100);
        var longest = Duration.ZERO;
        var last = from;
        for (var time : times) {
            if (time.isAfter(last) && (last.isBefore(to) || last.equals(from))) {
                var gap = Duration.between(last, time);
                longest = gap.compareTo(longest) > 0 ? gap : longest;
                last = time;
            }
        }
        return longest;
    }
}
