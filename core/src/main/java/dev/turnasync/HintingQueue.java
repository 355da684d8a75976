package dev.turnasync;

import dev.turnasync.api.Attempt;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport;
import java.time.Duration;
import java.util.List;
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
    public QueueReport check() {
        var report = queue.check();
        hint.run();
        return report;
    }

    @Override
    public QueueEntry retry(String key, String actor, String reason) {
        var entry = queue.retry(key, actor, reason);
        hint.run();
        return entry;
    }

    @Override
    public QueueEntry skip(String key, String actor, String reason) {
        var entry = queue.skip(key, actor, reason);
        hint.run();
        return entry;
    }

    @Override
    public QueueEntry pause(String key, String actor, String reason) {
        var entry = queue.pause(key, actor, reason);
        hint.run();
        return entry;
    }

    @Override
    public QueueEntry resume(String key, String actor, String reason) {
        var entry = queue.resume(key, actor, reason);
        hint.run();
        return entry;
    }

    @Override
    public QueueEntry cancel(String key, String actor, String reason) {
        var entry = queue.cancel(key, actor, reason);
        hint.run();
        return entry;
    }

    @Override
    public QueueEntry throttle(String key, Duration time, String actor, String reason) {
        var entry = queue.throttle(key, time, actor, reason);
        hint.run();
        return entry;
    }
}
