package dev.turnasync.resumable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an index should be. Immutable: each call returns a new description.
 *
 * <pre>{@code
 * Index.named("orders_customer").on("orders").columns("customer_id").where("closed_at IS NULL")
 * }</pre>
 *
 * <p>Names are quoted, so they mean exactly what is written, upper and lower case included. What is called raw SQL here goes
 * to the server as it is: never let it come from outside.
 */
public final class Index {

    private final String name;
    private final List<String> keys = new ArrayList<>();
    private final List<String> included = new ArrayList<>();
    private @Nullable QualifiedName table;
    private boolean unique;
    private boolean nullsNotDistinct;
    private @Nullable String method;
    private @Nullable String parameters;
    private @Nullable String where;

    private Index(String name) {
        this.name = name;
    }

    /**
     * Begins a description.
     *
     * @param name the index's name, without a schema: an index is in the schema of its table
     * @return the description
     */
    public static Index named(String name) {
        return new Index(name);
    }

    /**
     * Says on which table the index is.
     *
     * @param table its name, or {@code schema.name}; a part that has a dot in it stands in double quotes
     * @return the description
     */
    public Index on(String table) {
        return with(copy -> copy.table = QualifiedName.parse(table));
    }

    /**
     * Says on which table the index is.
     *
     * @param schema the table's schema
     * @param table the table's name, whatever characters it has
     * @return the description
     */
    public Index on(String schema, String table) {
        return with(copy -> copy.table = new QualifiedName(schema, table));
    }

    /**
     * Adds columns to the key.
     *
     * @param columns their names
     * @return the description
     */
    public Index columns(String... columns) {
        return with(copy -> List.of(columns).forEach(column -> copy.keys.add(Identifiers.quote(column))));
    }

    /**
     * Adds expressions to the key, each as raw SQL as it stands in {@code CREATE INDEX}: with parentheses around anything but a
     * function call or a column, and with collation, operator class and order where they are wanted.
     *
     * @param expressions such as {@code lower(email)}, {@code (a + b)} or {@code created_at DESC}
     * @return the description
     */
    public Index expressions(String... expressions) {
        return with(copy -> copy.keys.addAll(List.of(expressions)));
    }

    /**
     * Lets no two rows have the same key.
     *
     * @return the description
     */
    public Index unique() {
        return with(copy -> copy.unique = true);
    }

    /**
     * Lets a unique index count NULL as a value like others; from PostgreSQL 15 on.
     *
     * @return the description
     */
    public Index nullsNotDistinct() {
        return with(copy -> copy.nullsNotDistinct = true);
    }

    /**
     * Says which index method to use instead of {@code btree}.
     *
     * @param method such as {@code gin}
     * @return the description
     */
    public Index using(String method) {
        return with(copy -> copy.method = method);
    }

    /**
     * Adds columns that are stored beside the key.
     *
     * @param columns their names
     * @return the description
     */
    public Index include(String... columns) {
        return with(copy -> List.of(columns).forEach(column -> copy.included.add(Identifiers.quote(column))));
    }

    /**
     * Sets storage parameters.
     *
     * @param parameters raw SQL, such as {@code fillfactor = 70}
     * @return the description
     */
    public Index parameters(String parameters) {
        return with(copy -> copy.parameters = parameters);
    }

    /**
     * Lets the index have only some of the rows.
     *
     * @param condition raw SQL, such as {@code closed_at IS NULL}
     * @return the description
     */
    public Index where(String condition) {
        return with(copy -> copy.where = condition);
    }

    /** Names the index and its table. */
    @Override
    public String toString() {
        return name + (table == null ? "" : " on " + table);
    }

    String name() {
        return name;
    }

    /** The table, once the description is whole. */
    QualifiedName table() {
        if (table == null || keys.isEmpty()) {
            throw new IllegalArgumentException(
                    "the index " + name + " needs on(table), and columns(…) or expressions(…)");
        }
        return table;
    }

    /** The same under another name and on another table, as for a partition. */
    Index as(String otherName, Table otherTable) {
        var other = new Index(otherName);
        return other.take(this, copy -> copy.table = otherTable.name());
    }

    /**
     * The statement that creates it.
     *
     * @param how {@code INDEX}, or {@code INDEX CONCURRENTLY}
     * @param target the table for SQL
     */
    String createSql(String how, String target) {
        return "CREATE " + (unique ? "UNIQUE " : "") + how + " " + Identifiers.quote(name) + " ON " + target
                + (method == null ? "" : " USING " + Identifiers.quote(method))
                + " (" + String.join(", ", keys) + ")"
                + (included.isEmpty() ? "" : " INCLUDE (" + String.join(", ", included) + ")")
                + (nullsNotDistinct ? " NULLS NOT DISTINCT" : "")
                + (parameters == null ? "" : " WITH (" + parameters + ")")
                + (where == null ? "" : " WHERE " + where);
    }

    private Index with(Consumer<Index> change) {
        return new Index(name).take(this, change);
    }

    private Index take(Index from, Consumer<Index> change) {
        keys.addAll(from.keys);
        included.addAll(from.included);
        table = from.table;
        unique = from.unique;
        nullsNotDistinct = from.nullsNotDistinct;
        method = from.method;
        parameters = from.parameters;
        where = from.where;
        change.accept(this);
        return this;
    }
}
