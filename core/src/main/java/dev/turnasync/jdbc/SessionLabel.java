package dev.turnasync.jdbc;

/**
 * The {@code application_name} of a database session that runs migrations. It names the queue and the fencing token, so any
 * worker can find the session of a run in {@code pg_stat_activity}; transaction poolers carry it with each transaction.
 */
final class SessionLabel {

    private static final int LONGEST = 63;

    private SessionLabel() {}

    static String of(QueueName queue, long token) {
        var label = "turnasync:" + token + ":" + queue.schema() + "." + queue.historyTable();
        return label.length() <= LONGEST ? label : label.substring(0, LONGEST);
    }
}
