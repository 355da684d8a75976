package dev.turnasync.resumable;

import dev.turnasync.jdbc.ErrorReports;
import java.sql.SQLException;
import java.util.Set;

/** Tells what an error of a batch asks for. */
enum BatchErrors {
    /** Try again with fewer rows: a timeout, a lock that is held, a deadlock, a serialization failure. */
    SPLIT,
    /** Some row cannot be changed: bad data, or a violated constraint. */
    POISON,
    /** Anything else, which ends the attempt. */
    FATAL;

    private static final Set<String> TIMEOUTS = Set.of("57014", "55P03", "40P01", "40001");

    static BatchErrors of(SQLException error) {
        var state = error.getSQLState();
        if (state == null || isConnectionLost(error)) {
            return FATAL;
        }
        if (TIMEOUTS.contains(state)) {
            return SPLIT;
        }
        return state.startsWith("22") || state.startsWith("23") ? POISON : FATAL;
    }

    static boolean isConnectionLost(SQLException error) {
        return ErrorReports.isConnectionLost(error);
    }
}
