package dev.turnasync.jdbc;

/** What an error says about trying again; each but the first two says all that the one before it says, and more. */
enum Verdict {
    /** Nothing: another error of the chain decides. */
    SILENT,
    /** The same attempt would fail again. */
    PERMANENT,
    /** Another attempt may do. */
    PASSES,
    /** Nothing is wrong with the statement: the server, the session or a lock cannot serve it now. */
    AWAY,
    /** And the session has ended, or none could be had. */
    LOST;

    boolean isAway() {
        return this == AWAY || this == LOST;
    }
}
