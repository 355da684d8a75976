package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.CheckpointText;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.flywaydb.core.api.migration.Context;

/**
 * The named steps of a migration. Each runs once over all attempts of its entry: what it did and the note that it is done
 * commit in one transaction. The notes form a ledger, which is kept as long as the entry.
 *
 * <pre>{@code
 * var steps = context.steps();
 * steps.once("create the table", tx -> execute(tx.connection(), "CREATE TABLE invoices_2026 (…)"));
 * var first = steps.compute("first open invoice", tx -> queryForString(tx.connection(), "SELECT min(id) FROM …"));
 * steps.once("close the old ones", tx -> closeBefore(tx.connection(), first));
 * }</pre>
 *
 * <p>A step is known by its name. When the code of a later attempt comes to a new step while the ledger holds steps that it
 * has not passed, one of them may have got another name, and would run twice: that is refused, until the code tells
 * {@link #renamed}, {@link #removed} or {@link #inserted}.
 */
public final class Steps {

    /** What is stored before the value of a step, to tell "no value" from an empty one. */
    private static final String VALUE = "=";

    private static final String DONE = "done";

    private static final String PREFIX = "step:";

    private static final char LAST_ASCII = '~';

    private final AsyncContext context;
    private final Set<String> passed = new LinkedHashSet<>();
    private final Set<String> taken = new LinkedHashSet<>();
    private final Set<String> inserted = new LinkedHashSet<>();

    /**
     * Creates the steps of one attempt.
     *
     * @param context the migration's context
     */
    public Steps(AsyncContext context) {
        this.context = context;
    }

    /**
     * Returns the steps of a migration that was written for Flyway's context.
     *
     * @param context what {@code migrate} got
     * @return the steps
     */
    public static Steps in(Context context) {
        return AsyncContext.of(context).steps();
    }

    /**
     * Runs a step, unless it was done by this or an earlier attempt.
     *
     * @param name its name, unique in the migration
     * @param work what to do, in a fenced transaction of its own
     * @throws Exception what the work threw, after a rollback
     * @throws IllegalStateException if the step is inside another one, its name was used before in this attempt, or steps that
     *     were done before are no longer there
     */
    public void once(String name, StepWork work) throws Exception {
        if (comesTo(name).isEmpty()) {
            context.inTransaction(tx -> {
                work.run(tx);
                tx.checkpoint(key(name), DONE);
                return DONE;
            });
        }
    }

    /**
     * Runs a step and stores its result, or returns the result that was stored when it was done.
     *
     * @param name its name, unique in the migration
     * @param work what to do, in a fenced transaction of its own
     * @return what the work returned when it ran
     * @throws Exception what the work threw, after a rollback
     * @throws IllegalStateException as {@link #once} does, and if the step was done without a result
     */
    public String compute(String name, AsyncContext.TransactionWork<String> work) throws Exception {
        var stored = comesTo(name);
        if (stored.isEmpty()) {
            return context.inTransaction(tx -> {
                var result = Objects.requireNonNull(work.run(tx), "a step that is asked for a result must have one");
                tx.checkpoint(key(name), VALUE + result);
                return result;
            });
        }
        if (!stored.get().startsWith(VALUE)) {
            throw new IllegalStateException(context.label() + ": the step \"" + name
                    + "\" was done without a result, and is asked for one now. Give the new step a new name.");
        }
        return stored.get().substring(VALUE.length());
    }

    /**
     * Runs a step that cannot be in a transaction, such as a call to another system, and notes that it is done afterwards. A
     * worker that dies in between runs it again, so the work must bear being repeated.
     *
     * @param name its name, unique in the migration
     * @param work what to do; outside any transaction
     * @throws Exception what the work threw
     * @throws IllegalStateException as {@link #once} does
     */
    public void atLeastOnce(String name, OutsideWork work) throws Exception {
        if (comesTo(name).isEmpty()) {
            work.run();
            context.inTransaction(tx -> {
                tx.checkpoint(key(name), DONE);
                return DONE;
            });
        }
    }

    /**
     * Tells that a step has a new name. Call it before the step.
     *
     * @param from its name in earlier attempts
     * @param to its name now
     * @throws Exception if the ledger cannot be written
     */
    public void renamed(String from, String to) throws Exception {
        var stored = context.checkpoint(key(from));
        if (stored.isPresent() && context.checkpoint(key(to)).isEmpty()) {
            context.inTransaction(tx -> {
                tx.checkpoint(key(to), stored.get());
                return DONE;
            });
        }
        passed.add(from);
    }

    /**
     * Tells that a step is gone from the code. Call it before the steps that come after it.
     *
     * @param name its name in earlier attempts
     */
    public void removed(String name) {
        passed.add(name);
    }

    /**
     * Tells that a step is new and comes before steps that may be done already. Call it before the step.
     *
     * @param name its name
     */
    public void inserted(String name) {
        inserted.add(name);
    }

    /**
     * Returns the steps that earlier attempts did and this one has not passed.
     *
     * @return their names
     */
    public Set<String> notPassed() {
        return context.checkpointNames().stream()
                .filter(key -> key.startsWith(PREFIX))
                .map(key -> key.substring(PREFIX.length()))
                .filter(name -> !passed.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Takes a name for this attempt: under one name twice, the second would find itself done. */
    void takeName(String kind, String name) {
        CheckpointText.requireName(kind, name);
        if (!taken.add(kind + " " + name)) {
            throw new AsyncMigrationException.Permanent(context.label() + ": there are two named \"" + name + "\" ("
                    + kind + "), and the second would find itself done. Give each a name of its own by named(…).");
        }
    }

    private static String key(String name) {
        return PREFIX + name;
    }

    private Optional<String> comesTo(String name) throws Exception {
        if (name.isBlank()) {
            throw new IllegalArgumentException(context.label() + ": a step needs a name");
        }
        if (!passed.add(name)) {
            throw new IllegalStateException(context.label() + ": the step \"" + name
                    + "\" comes twice, and would be left out the second time. Give each step a name of its own.");
        }
        var stored = context.checkpoint(key(name));
        if (stored.isEmpty()) {
            requireStorable(name);
            if (!inserted.contains(name)) {
                refuseWhenRenamed(name);
            }
        }
        return stored;
    }

    /** Found out before the step is run: outside a transaction it could not be taken back. */
    private void requireStorable(String name) throws Exception {
        CheckpointText.requireName("step", name);
        if (name.chars().anyMatch(character -> character > LAST_ASCII)) {
            context.inTransaction(tx -> {
                CheckpointText.requireEncodable(tx.connection(), "step", name);
                return name;
            });
        }
    }

    private void refuseWhenRenamed(String name) {
        var missing = notPassed();
        if (!missing.isEmpty()) {
            throw new IllegalStateException(context.label() + ": the step \"" + name
                    + "\" has not run, and these ran in an earlier attempt but were not passed before it: " + missing
                    + ". If one of them was renamed, call steps.renamed(\"its old name\", \"" + name
                    + "\") before it; if it is gone, steps.removed(\"its name\"); if \"" + name
                    + "\" is new, steps.inserted(\"" + name + "\").");
        }
    }

    /** The work of a step. */
    @FunctionalInterface
    public interface StepWork {

        /**
         * Does the work.
         *
         * @param transaction the open transaction
         * @throws Exception any error; the transaction is rolled back
         */
        void run(FencedTransaction transaction) throws Exception;
    }

    /** The work of a step outside any transaction. */
    @FunctionalInterface
    public interface OutsideWork {

        /**
         * Does the work.
         *
         * @throws Exception any error
         */
        void run() throws Exception;
    }
}
