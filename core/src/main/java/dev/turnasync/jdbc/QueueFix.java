package dev.turnasync.jdbc;

import dev.turnasync.api.RetryPolicy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * Mends what is safe to mend: nothing here can lose or repeat work. Taking over is what the next worker would do, under a token of
 * its own; but however many workers died over an entry, it is queued again.
 */
final class QueueFix {

    private static final Duration LEASE = Duration.ofSeconds(30);

    /** A person asked for it, who does not know how many deaths the application's workers forgive: the entry is queued again. */
    private static final RetryPolicy ALWAYS_AGAIN = RetryPolicy.ofDefaults().withMaxWorkerDeaths(Integer.MAX_VALUE);

    private final DataSource dataSource;
    private final QueueName name;
    private final String actor;
    private final FixSql sql;

    QueueFix(DataSource dataSource, QueueName name, String actor) {
        this.dataSource = dataSource;
        this.name = name;
        this.actor = actor;
        this.sql = new FixSql(name);
    }

    /** Returns what was mended, or would be. */
    List<String> run(boolean dry) throws SQLException {
        var mended = new ArrayList<String>();
        List<String> gone;
        try (var connection = dataSource.getConnection()) {
            Jdbc.Work<List<String>> work = () -> {
                if (!new EntryReader(name).isPresent(connection)) {
                    return List.of();
                }
                mendSequences(connection, mended, dry);
                mendRows(connection, mended);
                Notifications.send(connection, name);
                return gone(connection);
            };
            gone = dry ? Jdbc.rehearse(connection, work) : Jdbc.inTransaction(connection, work);
        }
        if (dry) {
            mended.addAll(gone);
        } else if (!gone.isEmpty()) {
            takeOver(gone, mended);
        }
        return mended;
    }

    /** Numbers that are taken from a sequence do not come back with a rollback. */
    private void mendSequences(Connection connection, List<String> mended, boolean dry) throws SQLException {
        var sequences = new Sequences(name);
        for (var behind : sequences.behind(connection)) {
            if (!dry) {
                sequences.advance(connection, behind);
            }
            mended.add("moved the sequence " + behind.sequence() + " on by " + behind.by() + ", behind the rows of "
                    + behind.table());
        }
    }

    private void mendRows(Connection connection, List<String> mended) throws SQLException {
        var queue = name.historyTable();
        if (Jdbc.update(connection, new QueueSql(name).addLeaseRow(), queue) > 0) {
            mended.add("added the missing lease row");
        }
        Jdbc.list(connection, sql.endFutureLease(), row -> row.getString("worker"), queue)
                .forEach(worker -> mended.add("ended the lease of worker " + worker + ", which lay in the future"));
        Jdbc.list(connection, sql.forgetSetback(), row -> row.getString("setback"), queue)
                .forEach(setback -> mended.add("took note that the database went back: " + setback));
        add(
                mended,
                Jdbc.update(connection, sql.findAgain(), queue),
                "found %s again in a history that was numbered anew",
                "entry",
                "entries");
        add(
                mended,
                Jdbc.update(connection, new EntrySql(name).skipSuperseded(), queue),
                "retired %s whose place a newer one took",
                "entry",
                "entries");
        add(
                mended,
                Jdbc.update(connection, sql.dropRequests(), queue),
                "forgot %s to runs that have ended",
                "request",
                "requests");
        add(
                mended,
                Jdbc.update(connection, sql.closeAttempts(), queue),
                "closed %s that nobody makes any more",
                "attempt",
                "attempts");
    }

    private static void add(List<String> mended, int count, String text, String... forms) {
        if (count > 0) {
            mended.add(text.formatted(count + " " + (count == 1 ? forms[0] : forms[1])));
        }
    }

    /** Entries that run under a lease that ran out. */
    private List<String> gone(Connection connection) throws SQLException {
        return Jdbc.list(
                connection,
                sql.gone(),
                row -> "took " + row.getString("entry_key") + " over from worker " + row.getString("worker")
                        + ", which is gone",
                name.historyTable());
    }

    private void takeOver(List<String> gone, List<String> mended) {
        var lease = new JdbcQueueStore(dataSource, name).tryLease("check-queue of " + actor, LEASE);
        if (lease.isEmpty()) {
            return; // another worker was quicker
        }
        try (var session = lease.get()) {
            if (session.recover(ALWAYS_AGAIN)) {
                mended.addAll(gone);
            }
        }
    }
}
