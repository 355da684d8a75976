package dev.turnasync.resumable;

import dev.turnasync.resumable.BatchSize.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.flywaydb.core.api.migration.Context;

/**
 * Changes many rows of a table in batches, each a short transaction in which the rows change, the place to go on is stored, and
 * the fence is held. Whatever kills the worker, the next one goes on behind the last committed batch, and every row is changed
 * once.
 *
 * <pre>{@code
 * context.backfill()
 *         .over("users")
 *         .set("domain = split_part(email, '@', 2)")
 *         .where("domain IS NULL")
 *         .run();
 * }</pre>
 *
 * <p>How it works (keyset paging; sources: the batched migrations of GitLab, the chunkers of Spirit and gh-ost):
 *
 * <ol>
 *   <li>The table is walked in the order of its primary key, or of {@link #keyedBy}. A page ends at the key of its last row, so
 *       neither gaps in the key nor a {@code where} that matches less and less disturb it.
 *   <li>The size of the batches follows the time they take, see {@link #target}. A batch that runs into a timeout, a deadlock, a
 *       lock that is held or the end of the memory is rolled back and tried again with half the rows. With {@link #set}, a row that
 *       cannot be changed is found in that way, and named in the error.
 *   <li>With {@link #set} a batch of more than one row is given up before PostgreSQL's {@code deadlock_timeout} has passed, as long as
 *       the target is at most half of it. So a deadlock with the application strikes the batch, which is tried again.
 *   <li>Between batches no transaction is open. There it waits for throttles, and ends when the worker stops or an operator
 *       pauses or cancels the entry.
 * </ol>
 *
 * <p>It ends where the table ended, by its key, when it began. Rows inserted after that are left to the application, which should
 * write the new form before the backfill begins; {@link #untilNoneMatches} goes over the table again instead. A row whose key
 * the application changes may be passed by or come by twice: choose a key that does not change. What makes the order, the table and
 * the statement must be those with which it began, see {@link #continuing}. A table without a unique key is walked by its blocks,
 * which needs {@code where} and {@code untilNoneMatches}.
 *
 * <p>The migration must say {@code canExecuteInTransaction() == false}. Not safe for use by several threads.
 */
public final class Backfill {

    private final AsyncContext context;
    private final List<Throttle> throttles = new ArrayList<>();
    private final List<BackfillOptions.Check> checks = new ArrayList<>();
    private String name = "";
    private String table = "";
    private List<String> key = List.of();
    private String set = "";
    private String where = "";
    private boolean untilNone;
    private Set<String> continuing = Set.of();
    private Limits limits = Limits.DEFAULT;
    private int parallelism = 1;
    private double politeness;

    private Backfill(AsyncContext context) {
        this.context = context;
    }

    /**
     * Begins a backfill.
     *
     * @param context what {@code migrate} got; Flyway's own serves, too
     * @return a backfill with default options
     */
    public static Backfill in(Context context) {
        return new Backfill(AsyncContext.of(context));
    }

    /**
     * Names the table.
     *
     * @param tableName its name as the catalog has it, unquoted; {@code schema.table} for one that is not on the search path
     * @return this backfill
     */
    public Backfill over(String tableName) {
        table = tableName;
        return this;
    }

    /**
     * Names the backfill, when a migration has several over one table. Its checkpoints bear the name.
     *
     * @param backfillName the name; the table's name by default
     * @return this backfill
     */
    public Backfill named(String backfillName) {
        name = backfillName;
        return this;
    }

    /**
     * Chooses the order in which the table is walked; the primary key by default.
     *
     * @param columns columns that a B-tree index begins with, and that contain a unique key; unquoted
     * @return this backfill
     */
    public Backfill keyedBy(String... columns) {
        key = List.of(columns);
        return this;
    }

    /**
     * Says what to change. It must not change the key.
     *
     * @param assignments SQL as after {@code UPDATE … SET}; may use functions and subqueries, but no other table in {@code FROM}
     * @return this backfill
     */
    public Backfill set(String assignments) {
        set = assignments;
        return this;
    }

    /**
     * Says which rows to change; all by default.
     *
     * @param condition SQL as after {@code WHERE}
     * @return this backfill
     */
    public Backfill where(String condition) {
        where = condition;
        return this;
    }

    /**
     * Goes over the table again until no row matches {@code where}: for rows that were inserted meanwhile.
     * The change must make a row match no more.
     *
     * @return this backfill
     */
    public Backfill untilNoneMatches() {
        untilNone = true;
        return this;
    }

    /**
     * Lets the backfill go on although its {@link #set}, {@link #where} or {@link #untilNoneMatches} is another one than that with
     * which it began: rows that it has passed stay as the earlier statement left them, and the rest is changed as it says now. A
     * statement that was changed is refused otherwise, with the fingerprint to give here. It accepts that one statement, in any
     * database, and no change of the order in which the table is walked.
     *
     * @param fingerprints the fingerprints that refusals printed; more than one where databases stopped at different statements
     * @return this backfill
     */
    public Backfill continuing(String... fingerprints) {
        continuing = Set.of(fingerprints);
        return this;
    }

    /**
     * Sets how long a batch should take; 500 ms by default. With {@link #set} a batch of more than one row is given up after twice that
     * time, or after nine tenths of {@code deadlock_timeout} where that is less, so no row stays locked for longer.
     *
     * @param time the time, from 10 ms on
     * @return this backfill
     */
    public Backfill target(Duration time) {
        limits = new Limits(limits.min(), limits.max(), time);
        return this;
    }

    /**
     * Bounds the size of the batches, which adapts in between; 10 to 25,000 rows by default. The same number twice fixes it. A batch
     * that fails is halved below the minimum all the same. Wide rows make the first batch smaller, down to the minimum, and all
     * batches of Java code.
     *
     * @param min the fewest rows
     * @param max the most rows
     * @return this backfill
     */
    public Backfill batchSize(long min, long max) {
        limits = new Limits(min, max, limits.target());
        return this;
    }

    /**
     * Works on several slices of the table side by side, each with a session and a place of its own. Each beyond the first takes a
     * connection of the worker's pool; with fewer than asked it works with those it gets. What the migration set in its own session,
     * such as a role or {@code session_replication_role}, does not hold in the others.
     *
     * @param sessions how many; 1 by default
     * @return this backfill
     */
    public Backfill parallelism(int sessions) {
        if (sessions < 1) {
            throw new IllegalArgumentException("parallelism must be at least 1: " + sessions);
        }
        parallelism = sessions;
        return this;
    }

    /**
     * Adds signals to wait for. The first that says so is shown.
     *
     * @param signals the signals
     * @return this backfill
     */
    public Backfill throttledBy(Throttle... signals) {
        throttles.addAll(List.of(signals));
        return this;
    }

    /**
     * Rests after each batch.
     *
     * @param ratio how long, in multiples of the time the batch took; 1 doubles the whole time; 0 by default
     * @return this backfill
     */
    public Backfill politeness(double ratio) {
        if (!(ratio >= 0)) {
            throw new IllegalArgumentException("politeness must not be negative: " + ratio);
        }
        politeness = ratio;
        return this;
    }

    /**
     * Adds a check after the end. When it does not hold, the entry becomes FAILED, not SUCCEEDED.
     *
     * @param what what should hold, for the message
     * @param sql a query that returns true when it holds
     * @return this backfill
     */
    public Backfill verify(String what, String sql) {
        checks.add(new BackfillOptions.Check(what, sql));
        return this;
    }

    /**
     * Runs the backfill of {@link #set} to its end, from where an earlier attempt left it.
     *
     * @return how many rows were changed over all attempts
     * @throws Exception what the database says; {@link dev.turnasync.api.AsyncMigrationException.Permanent} for what repeating
     *     cannot mend
     */
    public long run() throws Exception {
        if (set.isBlank()) {
            throw new IllegalArgumentException("say what to change: set(…), or run(batch -> …)");
        }
        return run(new SqlChange(set, where, context::warn));
    }

    /**
     * Runs Java code for each batch, from where an earlier attempt stopped. It must not change the key of a row to one that is still to
     * come, which is checked.
     *
     * @param work what to do with a batch
     * @return how many rows the batches had that were passed, over all attempts
     * @throws Exception what the work or the database says
     */
    public long run(Batch.Work work) throws Exception {
        if (!set.isBlank()) {
            throw new IllegalArgumentException("either set(…) or run(batch -> …), not both");
        }
        return run(new JavaChange(work, new KeyWatch(where, context::warn), where));
    }

    private long run(Change change) throws Exception {
        if (table.isBlank()) {
            throw new IllegalArgumentException("say which table: over(…)");
        }
        if (untilNone && where.isBlank()) {
            throw new IllegalArgumentException("untilNoneMatches() needs where(…)");
        }
        UnaryOperator<String> orTable = given -> given.isBlank() ? table : given;
        var options = new BackfillOptions(
                orTable.apply(name),
                table,
                key,
                set,
                where,
                untilNone,
                continuing,
                limits,
                parallelism,
                throttles,
                politeness,
                checks);
        return new BackfillRun(context, options, change).run();
    }
}
