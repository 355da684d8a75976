package dev.turnasync.resumable;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a foreign key should be. Immutable: each call returns a new description. Names are quoted, so they mean exactly what is
 * written, upper and lower case included.
 *
 * <pre>{@code
 * ForeignKey.named("orders_customer_fk").on("orders", "customer_id").references("customers", "id").onDelete(Action.CASCADE)
 * }</pre>
 */
public final class ForeignKey {

    /** What happens to a row when the row it refers to goes away or changes its key. */
    public enum Action {
        /** The change is refused, at the end of the statement at the earliest. */
        NO_ACTION("a"),
        /** The change is refused at once. */
        RESTRICT("r"),
        /** The row goes away, or changes too. */
        CASCADE("c"),
        /** The row refers to nothing. */
        SET_NULL("n"),
        /** The row refers to its columns' defaults. */
        SET_DEFAULT("d");

        private final String code;

        Action(String code) {
            this.code = code;
        }

        /** The letter for it in {@code pg_constraint}. */
        String code() {
            return code;
        }

        String sql() {
            return name().replace('_', ' ');
        }
    }

    /** A table's name and some of its columns. */
    record End(QualifiedName table, List<String> columns) {}

    /**
     * What the catalog says of a foreign key.
     *
     * @param referred the object id of the table that is referred to
     * @param columns the columns that refer, in the order of the key
     * @param referredColumns the columns that are referred to, in the same order
     * @param onDelete the letter of the action
     * @param onUpdate the letter of the action
     */
    record Parts(long referred, List<String> columns, List<String> referredColumns, String onDelete, String onUpdate) {}

    private record Actions(Action onDelete, Action onUpdate) {}

    private final String name;
    private final @Nullable End from;
    private final @Nullable End to;
    private final Actions actions;

    private ForeignKey(String name, @Nullable End from, @Nullable End to, Actions actions) {
        this.name = name;
        this.from = from;
        this.to = to;
        this.actions = actions;
    }

    /**
     * Begins a description.
     *
     * @param name the constraint's name
     * @return the description
     */
    public static ForeignKey named(String name) {
        return new ForeignKey(name, null, null, new Actions(Action.NO_ACTION, Action.NO_ACTION));
    }

    /**
     * Says which rows refer.
     *
     * @param table their table: its name, or {@code schema.name}; a part that has a dot in it stands in double quotes
     * @param columns the columns that refer
     * @return the description
     */
    public ForeignKey on(String table, String... columns) {
        return new ForeignKey(name, new End(QualifiedName.parse(table), List.of(columns)), to, actions);
    }

    /**
     * Says which rows are referred to.
     *
     * @param table their table: its name, or {@code schema.name}; a part that has a dot in it stands in double quotes
     * @param columns the columns that are referred to, of a unique key
     * @return the description
     */
    public ForeignKey references(String table, String... columns) {
        return new ForeignKey(name, from, new End(QualifiedName.parse(table), List.of(columns)), actions);
    }

    /**
     * Says what happens when a row that is referred to is deleted.
     *
     * @param action instead of {@link Action#NO_ACTION}
     * @return the description
     */
    public ForeignKey onDelete(Action action) {
        return new ForeignKey(name, from, to, new Actions(action, actions.onUpdate()));
    }

    /**
     * Says what happens when the key of a row that is referred to changes.
     *
     * @param action instead of {@link Action#NO_ACTION}
     * @return the description
     */
    public ForeignKey onUpdate(Action action) {
        return new ForeignKey(name, from, to, new Actions(actions.onDelete(), action));
    }

    /** Names the constraint. */
    @Override
    public String toString() {
        return name;
    }

    String name() {
        return name;
    }

    End from() {
        return end(from, "on(table, columns)");
    }

    End to() {
        return end(to, "references(table, columns)");
    }

    private End end(@Nullable End end, String call) {
        if (end == null || end.columns().isEmpty()) {
            throw new IllegalArgumentException("the foreign key " + name + " needs " + call);
        }
        return end;
    }

    /** What the catalog must say of it. */
    Parts parts(Table referred) {
        return new Parts(
                referred.oid(),
                from().columns(),
                to().columns(),
                actions.onDelete().code(),
                actions.onUpdate().code());
    }

    String sql(Table referred) {
        return "FOREIGN KEY (" + Identifiers.quoteAll(from().columns()) + ") REFERENCES " + referred.sql() + " ("
                + Identifiers.quoteAll(to().columns()) + ") ON DELETE "
                + actions.onDelete().sql() + " ON UPDATE " + actions.onUpdate().sql();
    }
}
