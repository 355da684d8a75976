package dev.turnasync.resumable;

import dev.turnasync.jdbc.ErrorReports;
import java.sql.SQLException;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells what an error of a batch asks for. Most errors of a statement may be those of a single row: a trigger can raise any SQLSTATE,
 * and a function can miss a table or a right for some rows only. So what is listed here is what cannot be about a row.
 */
enum BatchErrors {
    /** Fewer rows may pass: a timeout, a statement that somebody canceled, a held lock, a deadlock, a serialization failure. */
    SPLIT,
    /** Fewer rows may fit: the server or this process has no memory left. */
    MEMORY,
    /** Some row cannot be changed. */
    POISON,
    /** About the session, the transaction or the server, or not from the database at all: the attempt ends. */
    FATAL;

    /** Canceled, lock not available, object in use, transaction rolled back, serialization failure, deadlock. */
    private static final Set<String> PASSING = Set.of("57014", "55P03", "55006", "40000", "40001", "40P01");

    /** Of the server, and of the driver where a result does not fit into the heap. */
    private static final String OUT_OF_MEMORY = "53200";

    /** It is not known whether the statement ran. */
    private static final String UNKNOWN_COMPLETION = "40003";

    /**
     * Connection, transaction initiation, transaction state (read-only among them), prepared statement lost behind a pooler,
     * authorization, transaction termination, no such database, resources (a full disk, too many connections), operator intervention,
     * system errors, configuration file. Internal errors (XX) are not among them: extensions raise XX000 for a bad value, and a
     * broken page holds some rows only.
     */
    private static final Set<String> NOT_OF_A_ROW =
            Set.of("08", "0B", "25", "26", "28", "2D", "3D", "53", "57", "58", "F0");

    private static final int SQLSTATE_LENGTH = 5;
    private static final int DEEPEST = 100;

    static BatchErrors of(Throwable failure) {
        if (isOfHeap(failure)) {
            return MEMORY;
        }
        return ErrorReports.sqlErrors(failure)
                .findFirst()
                .map(BatchErrors::ofStatement)
                .orElse(FATAL);
    }

    private static BatchErrors ofStatement(SQLException error) {
        var state = error.getSQLState();
        if (state == null || state.length() != SQLSTATE_LENGTH || ErrorReports.isConnectionLost(error)) {
            return FATAL;
        }
        if (PASSING.contains(state)) {
            return SPLIT;
        }
        if (state.equals(OUT_OF_MEMORY)) {
            return MEMORY;
        }
        return NOT_OF_A_ROW.contains(state.substring(0, 2)) || state.equals(UNKNOWN_COMPLETION) ? FATAL : POISON;
    }

    /** Whether it is this process that has no memory left. */
    static boolean isOfHeap(Throwable failure) {
        return chain(failure).anyMatch(BatchErrors::isHeap);
    }

    /** Fewer rows help neither where a thread nor where a class finds no room. */
    private static boolean isHeap(Throwable error) {
        var message = String.valueOf(error.getMessage());
        return error instanceof OutOfMemoryError
                && !message.contains("native thread")
                && !message.contains("Metaspace")
                && !message.contains("class space");
    }

    /** The SQLSTATE of the database's error; empty when there is none. */
    static String state(Throwable failure) {
        return ErrorReports.sqlErrors(failure)
                .findFirst()
                .map(SQLException::getSQLState)
                .orElse("");
    }

    /** Throws an error as it is. Declared to return one, so that a caller can say that it ends there. */
    static RuntimeException raise(Throwable failure) throws Exception {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (Exception) failure;
    }

    private static Stream<Throwable> chain(Throwable failure) {
        return Stream.iterate(failure, error -> error != null, Throwable::getCause)
                .limit(DEEPEST);
    }
}
