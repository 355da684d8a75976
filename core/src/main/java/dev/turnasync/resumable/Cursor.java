package dev.turnasync.resumable;

/**
 * A place in the order of a table: right after, or right before, one key.
 *
 * @param json the key's columns as a JSON array of texts, as PostgreSQL wrote it
 * @param literal the key as it stands in SQL, such as {@code ('7'::bigint, 'a'::text)}
 * @param before whether it is the place before that key
 */
record Cursor(String json, String literal, boolean before) {

    /** Returns the operator that finds the rows behind this place. */
    String operatorBehind() {
        return before ? ">=" : ">";
    }

    Cursor asBefore() {
        return new Cursor(json, literal, true);
    }
}
