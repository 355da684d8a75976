package dev.turnasync.jobrunr;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.Waker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jobrunr.scheduling.JobBuilder;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Puts a job for the head of the queue into JobRunr, once, however many nodes want it. JobRunr skips a job whose id it
 * knows in any state, and it knows the id of a succeeded one for days. So the id is made of
 *
 * <ul>
 *   <li>queue and entry;
 *   <li>the number of the next attempt, which grows with every claim, and the time since which the entry is queued and
 *       at the head: a new attempt is a new job;
 *   <li>how many spans of {@link #REPEAT_AFTER} it has been there: a job that was deleted, or lost with its node, or that
 *       came in vain (to a node that stops or lacks the class, or while another held the lease), stands in the way for
 *       one span at most. Nodes agree on the spans but for their clocks; where they do not, a second job finds nothing to
 *       do and ends.
 * </ul>
 *
 * <p>A RETRYABLE head is left to JobRunr's own retry of the job that failed, until it is due for {@link #RETRY_GRACE}:
 * that retry may be lost, or be far later than the queue's backoff. One that was cut off from the database has no such
 * job. Safe for use by many threads.
 */
final class WakeUps implements Waker {

    /** After how long a due head that nobody runs gets another job: longer than JobRunr's poll, which is 15 s by default. */
    static final Duration REPEAT_AFTER = Duration.ofSeconds(20);

    /** The same where JobRunr's server is known: it fetches a job at once, so one that is not run by then was in vain. */
    static final Duration REPEAT_SOON_AFTER = Duration.ofSeconds(5);

    /** The job that this node made last. */
    private record Made(UUID id, long entryId) {}

    /** How long JobRunr's own retry may be late; the default delays, 3, 9, 27 and 81 s, are well inside. */
    static final Duration RETRY_GRACE = Duration.ofSeconds(60);

    private static final System.Logger LOG = System.getLogger(WakeUps.class.getName());

    /** JobRunr refuses labels of more than 45 characters. */
    private static final int LABEL_LENGTH = 44;

    private final AsyncMigrations async;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable JobRequestScheduler scheduler;
    private @Nullable LocalServer server;
    private @Nullable Made last;
    private volatile boolean closed;

    WakeUps(AsyncMigrations async, InstantSource clock) {
        this.async = async;
        this.clock = clock;
    }

    void open(JobRequestScheduler jobRunr, @Nullable LocalServer local) {
        alone(() -> {
            if (scheduler != null || closed) {
                throw new IllegalStateException("the JobRunr adapter of " + async.queueName()
                        + " was started or closed before; make a new one");
            }
            scheduler = jobRunr;
            server = local;
        });
    }

    /** When this returns nothing is being enqueued, and nothing will be. */
    void close() {
        alone(() -> closed = true);
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void wake(QueueEntry head) {
        if (!isLeftToJobRunr(head)) {
            // The watcher does not see entry and lease at one moment: what it calls due may have just been run.
            var view = QueueView.of(async.queue());
            view.head()
                    .filter(now -> now.id() == head.id() && now.since().equals(head.since()))
                    .ifPresent(now -> enqueue(now, view));
            if (server != null) {
                server.fetchNow();
            }
        }
    }

    /** Hands the next entry to JobRunr. Nothing that fails here may fail the job of the migration that is done. */
    void passOn() {
        try {
            var view = QueueView.of(async.queue());
            view.head().filter(head -> head.status() == EntryStatus.QUEUED).ifPresent(head -> enqueue(head, view));
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "no job could be made for the next entry of " + async.queueName() + "; the watcher tries again",
                    e);
        }
    }

    private boolean isLeftToJobRunr(QueueEntry head) {
        var due = head.tries().nextAttemptAt();
        return head.status() == EntryStatus.RETRYABLE
                && due != null
                && clock.instant().isBefore(due.plus(RETRY_GRACE))
                && !QueueView.wasCutOff(async.queue(), head);
    }

    private void enqueue(QueueEntry head, QueueView view) {
        alone(() -> {
            var id = id(async.queueName(), head, Waiting.of(view.headSince(head), clock.instant(), repeatAfter()));
            if (scheduler != null && !closed && !isInLine(head, id)) {
                scheduler.create(job(head, view, id));
                last = new Made(id, head.id());
            }
        });
    }

    /** Whether an earlier job for the entry still waits for one of JobRunr's threads: a second one would wait behind it. */
    private boolean isInLine(QueueEntry head, UUID id) {
        var made = last;
        return server != null
                && made != null
                && made.entryId() == head.id()
                && !made.id().equals(id)
                && server.isInLine(made.id());
    }

    private Duration repeatAfter() {
        return server == null ? REPEAT_AFTER : REPEAT_SOON_AFTER;
    }

    private void alone(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    private JobBuilder job(QueueEntry head, QueueView view, UUID id) {
        return JobBuilder.aJob()
                .withId(id)
                .withName(async.shard().map(shard -> shard + "/").orElse("") + view.jobName(head))
                .withLabels(labels(async.queueName(), head))
                .withAmountOfRetries(retries(head))
                .withJobRequest(new RunAsyncMigration(async.queueName(), head.id(), head.key()));
    }

    /** How long the head has been there, counted in spans. */
    record Waiting(Instant since, long spans) {

        /** A clock that is a little behind the database's is taken to agree with it. */
        static Waiting of(Instant since, Instant now, Duration span) {
            var spans = Math.floorDiv(Duration.between(since, now).toMillis(), span.toMillis());
            return new Waiting(since, spans == -1 ? 0 : spans);
        }
    }

    static UUID id(String queue, QueueEntry head, Waiting waiting) {
        var run = head.run();
        var attempt = run == null ? 1 : run.attempt() + 1;
        var name = "turnasync:" + queue + ":" + head.id() + ":" + attempt + ":"
                + waiting.since().toEpochMilli() + ":" + waiting.spans();
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    static List<String> labels(String queue, QueueEntry head) {
        var version = head.identity().version();
        var migration = version == null ? "r:" + head.identity().description() : "v" + version;
        return List.of("async-migration", cut("db:" + queue), cut(migration.toLowerCase(Locale.ROOT)));
    }

    private static String cut(String label) {
        return label.length() <= LABEL_LENGTH ? label : label.substring(0, LABEL_LENGTH);
    }

    /** The failed attempts that JobRunr repeats by itself; the queue's own count decides when the entry is FAILED. */
    private int retries(QueueEntry head) {
        var own = head.tries().maxAttempts();
        var most = own == null ? async.retryPolicy().maxAttempts() : own;
        return Math.max(0, most - head.tries().failed() - 1);
    }
}
