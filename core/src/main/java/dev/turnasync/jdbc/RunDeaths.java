package dev.turnasync.jdbc;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.spi.LeaseToken;
import dev.turnasync.spi.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Settles the runs whose worker died: queued again or, after too many deaths without a checkpoint, FAILED. */
final class RunDeaths {

    /**
     * A run that has no worker any more.
     *
     * @param entry the entry's id
     * @param attempt its attempt
     * @param token what it ran under
     * @param death how its worker died
     */
    record Run(long entry, int attempt, LeaseToken token, Death death) {}

    /**
     * What is told of a death.
     *
     * @param what the beginning of the entry's reason
     * @param error the attempt's error; null when nothing is known
     */
    record Death(String what, Attempt.@Nullable Failure error) {}

    private final QueueName name;
    private final QueueSql sql;
    private final RunRequests requests;

    RunDeaths(QueueName name) {
        this.name = name;
        this.sql = new QueueSql(name);
        this.requests = new RunRequests(name);
    }

    /** The runs that other leases than this one left behind. */
    List<Run> left(Connection connection, LeaseToken own) throws SQLException {
        return Jdbc.list(
                connection,
                sql.lostEntries(),
                row -> new Run(
                        row.getLong("id"),
                        row.getInt("attempt"),
                        QueueSql.token(row),
                        new Death("worker " + row.getString("worker") + " disappeared while running it", null)),
                name.historyTable(),
                own);
    }

    /** Settles a run as its worker's death, or as an operator had asked, in a transaction that began with the fence. */
    boolean settle(Connection connection, Run run, RetryPolicy policy) throws SQLException {
        requests.lock(connection, run.entry());
        var asked = requests.read(connection, run.entry());
        requests.clear(connection, run.entry());
        var what = run.death().what();
        Jdbc.update(
                connection,
                sql.recoverLost(),
                StoredText.words(what + "; queued again"),
                StoredText.words(what + ", and not for the first time"),
                policy.maxWorkerDeaths(),
                asked.map(wish -> RunRequests.status(wish.wish()).name()).orElse(null),
                StoredText.words(asked.map(RunRequests.Asked::reason).orElse(null)),
                run.entry(),
                run.token());
        var outcome = new Settlement(
                EntryStatus.QUEUED,
                Attempt.Outcome.LOST,
                null,
                null,
                run.death().error(),
                null);
        return new AttemptRow(run.entry(), run.attempt()).close(connection, sql, outcome);
    }
}
