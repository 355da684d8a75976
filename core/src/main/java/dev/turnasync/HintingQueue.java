package dev.turnasync;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport;
import dev.turnasync.api.Readiness;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Hints the watchers of this node after every change and every check. */
record HintingQueue(MigrationQueue queue, Runnable hint) implements MigrationQueue {

    @Override
    public List<QueueEntry> list() {
        return queue.list();
    }

    @Override
    public Optional<QueueEntry> find(String key) {
        return queue.find(key);
    }

    @Override
    public List<Attempt> attempts(QueueEntry entry) {
        return queue.attempts(entry);
    }

    @Override
    public List<QueueEntry> recent(int finished) {
        return queue.recent(finished);
    }

    @Override
    public Map<EntryStatus, Long> count() {
        return queue.count();
    }

    @Override
    public List<QueueEntry.Request> requests(QueueEntry entry) {
        return queue.requests(entry);
    }

    @Override
    public List<OperatorAction> actions(QueueEntry entry, int most) {
        return queue.actions(entry, most);
    }

    @Override
    public List<OperatorAction> actions(int most) {
        return queue.actions(most);
    }

    @Override
    public Readiness readiness(String key) {
        return queue.readiness(key);
    }

    @Override
    public Readiness readiness() {
        return queue.readiness();
    }

    @Override
    public MigrationQueue dryRun() {
        return queue.dryRun();
    }

    @Override
    public QueueReport check(Duration silence) {
        return hinted(queue.check(silence));
    }

    @Override
    public QueueReport fix(String actor) {
        return hinted(queue.fix(actor));
    }

    @Override
    public QueueEntry retry(String key, String actor, String reason) {
        return hinted(queue.retry(key, actor, reason));
    }

    @Override
    public QueueEntry restart(String key, String actor, String reason) {
        return hinted(queue.restart(key, actor, reason));
    }

    @Override
    public QueueEntry skip(String key, String actor, String reason) {
        return hinted(queue.skip(key, actor, reason));
    }

    @Override
    public QueueEntry markApplied(String key, String actor, String reason) {
        return hinted(queue.markApplied(key, actor, reason));
    }

    @Override
    public QueueEntry pause(String key, String actor, String reason) {
        return hinted(queue.pause(key, actor, reason));
    }

    @Override
    public QueueEntry resume(String key, String actor, String reason) {
        return hinted(queue.resume(key, actor, reason));
    }

    @Override
    public QueueEntry cancel(String key, String actor, String reason) {
        return hinted(queue.cancel(key, actor, reason));
    }

    @Override
    public QueueEntry undo(String key, String actor, String reason) {
        return hinted(queue.undo(key, actor, reason));
    }

    @Override
    public QueueEntry markHistory(String key, String actor, String reason) {
        return hinted(queue.markHistory(key, actor, reason));
    }

    @Override
    public QueueEntry throttle(String key, Duration time, String actor, String reason) {
        return hinted(queue.throttle(key, time, actor, reason));
    }

    private <T> T hinted(T done) {
        hint.run();
        return done;
    }
}
