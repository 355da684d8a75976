package dev.turnasync.jdbc;

import dev.turnasync.spi.Claim;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Notices, when a lease turns out to be lost, that nobody took it over but the database went back behind it: a standby that lagged
 * was promoted, or a backup was restored. Then it says so once, and leaves a mark that the check shows until a person took note.
 * Safe for use by many threads.
 */
final class Setback {

    private static final System.Logger LOG = System.getLogger(Setback.class.getName());

    private final ControlConnection control;
    private final QueueName name;
    private final JdbcLeaseSession.Lease lease;
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile @Nullable Claim last;

    Setback(ControlConnection control, QueueName name, JdbcLeaseSession.Lease lease) {
        this.control = control;
        this.name = name;
        this.lease = lease;
    }

    /** Remembers a claim, whose attempt no takeover ever removes. */
    void claimed(Claim claim) {
        last = claim;
    }

    /** Hands on whether the lease is held, and looks why when it is not. A failing look harms nothing. */
    boolean held(boolean held) {
        if (!held && !told.get()) {
            try {
                look();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "could not look whether the database went back", e);
            }
        }
        return held;
    }

    private void look() {
        var claim = last;
        var ran = claim == null ? "" : " and ran " + claim.entry().label() + ", attempt " + claim.attempt();
        var what = "worker " + lease.worker() + " held token " + lease.token().number() + ran
                + ", and the database no longer knows of it";
        var marked = control.call(
                "look whether " + name + " went back",
                connection -> Jdbc.update(
                        connection,
                        new QueueSql(name).markSetback(),
                        StoredText.words(what),
                        name.historyTable(),
                        lease.token(),
                        claim == null ? null : claim.entry().id(),
                        claim == null ? null : claim.attempt()));
        if (marked > 0 && told.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the database of {0} went back: {1}. A standby that lagged was promoted, or a backup was restored;"
                            + " what is gone is run again. `check-queue` tells more.",
                    name,
                    what);
        }
    }
}
