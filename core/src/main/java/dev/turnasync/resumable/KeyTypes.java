package dev.turnasync.resumable;

import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.jdbc.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The types of a key that are made of others: enums of labels, composite types, arrays and ranges of their elements.
 *
 * @param facts what they are made of, by name
 * @param oids all types of the key, as an array literal
 */
record KeyTypes(Map<String, String> facts, String oids) {

    private static final String INSIDE = """
            WITH RECURSIVE inside (type, wrapped) AS (
                SELECT atttypid, FALSE
                FROM pg_catalog.pg_attribute
                WHERE attrelid = CAST(? AS oid) AND attname = ANY (?)
                UNION
                SELECT x.type, i.wrapped OR t.typtype <> 'd'
                FROM inside i
                JOIN pg_catalog.pg_type t ON t.oid = i.type
                CROSS JOIN LATERAL (
                    SELECT t.typelem AS type WHERE t.typelem <> 0 AND t.typlen = -1
                    UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
                    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
                    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = t.typrelid AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped) AS x)
            SELECT t.oid, format_type(t.oid, -1) AS name,
                CASE t.typtype
                    WHEN 'e' THEN 'enum ' || (
                        SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                        FROM pg_catalog.pg_enum e
                        WHERE e.enumtypid = t.oid)
                    WHEN 'c' THEN 'composite ' || (
                        SELECT string_agg(format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod),
                            NULLIF(a.attcollation, 0)::regcollation), ', ' ORDER BY a.attnum)
                        FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
                    WHEN 'r' THEN (
                        SELECT format('range %s %s %s', format_type(r.rngsubtype, -1),
                            NULLIF(r.rngcollation, 0)::regcollation, o.opcname)
                        FROM pg_catalog.pg_range r
                        JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
                        WHERE r.rngtypid = t.oid)
                    END AS made,
                (
                    SELECT min(k.conname)
                    FROM pg_catalog.pg_constraint k
                    WHERE i.wrapped AND k.contypid = t.oid AND NOT k.convalidated) AS unsure
            FROM inside i
            JOIN pg_catalog.pg_type t ON t.oid = i.type
            ORDER BY t.oid""";

    private record Found(
            String oid,
            String name,
            @Nullable String made,
            @Nullable String unsure) {}

    static KeyTypes of(Connection connection, TargetTable table, List<String> key) throws SQLException {
        var names = connection.createArrayOf("text", key.toArray());
        var types = Jdbc.list(
                connection,
                INSIDE,
                row -> new Found(
                        row.getString("oid"), row.getString("name"), row.getString("made"), row.getString("unsure")),
                table.oid(),
                names);
        var facts = new LinkedHashMap<String, String>();
        for (var type : types) {
            if (type.unsure() != null) {
                throw new AsyncMigrationException.Permanent("the key " + key + " of " + table.name()
                        + " holds values of the domain " + type.name() + ", whose constraint " + type.unsure()
                        + " is NOT VALID, so a key of an old row may not be written as one. Validate it, or choose another"
                        + " key by keyedBy(…).");
            }
            if (type.made() != null) {
                facts.put("the type " + type.name(), type.made());
            }
        }
        return new KeyTypes(facts, types.stream().map(Found::oid).collect(Collectors.joining(",", "{", "}")));
    }
}
