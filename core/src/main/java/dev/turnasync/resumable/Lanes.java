package dev.turnasync.resumable;

import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.WorkerStoppingException;
import dev.turnasync.resumable.AsyncContext.Fork;
import dev.turnasync.resumable.Slices.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Works on slices side by side: the migration's own session on its own thread, and forks of it on threads of theirs. */
final class Lanes {

    private final BatchLoop.Shared shared;
    private final BackfillOptions options;
    private RowWidth.Room room = RowWidth.Room.UNKNOWN;

    Lanes(BatchLoop.Shared shared, BackfillOptions options) {
        this.shared = shared;
        this.options = options;
    }

    void run(List<Slice> open) throws Exception {
        room = shared.context().inTransaction(tx -> RowWidth.room(tx.connection(), shared.table(), shared.change()));
        var slices = new ConcurrentLinkedQueue<>(open);
        var forks = forks(Math.min(options.parallelism(), open.size()) - 1);
        if (forks.isEmpty()) {
            work(shared.context()::inTransaction, 0, slices);
        } else {
            sideBySide(slices, forks);
        }
    }

    private List<Fork> forks(int wanted) {
        var forks = new ArrayList<Fork>();
        try {
            for (var left = wanted; left > 0; left--) {
                var fork = shared.context().fork();
                if (fork.isEmpty()) {
                    break;
                }
                forks.add(fork.get());
            }
            return forks;
        } catch (RuntimeException e) {
            forks.forEach(Fork::close);
            throw e;
        }
    }

    private void sideBySide(Queue<Slice> slices, List<Fork> forks) throws Exception {
        var threads = Executors.newFixedThreadPool(forks.size(), work -> {
            var thread = new Thread(work, "turnasync-backfill-" + options.name());
            thread.setDaemon(true);
            return thread;
        });
        var others = new ArrayList<Future<?>>();
        @Nullable Throwable failure = null;
        try {
            for (var n = 0; n < forks.size(); n++) {
                var fork = forks.get(n);
                var number = n + 1;
                others.add(threads.submit(() -> {
                    work(fork::inTransaction, number, slices);
                    return null;
                }));
            }
            work(shared.context()::inTransaction, 0, slices);
        } catch (Throwable e) {
            failure = e;
        } finally {
            failure = ended(others, failure);
            threads.shutdown();
            forks.forEach(Fork::close);
        }
        if (failure != null) {
            throw BatchErrors.raise(failure);
        }
    }

    /** One that failed leaves the others no slices to go on with, and they end after their present batch. */
    private void work(Lane lane, int number, Queue<Slice> slices) throws Exception {
        var loop = new BatchLoop(shared, lane, number, new BatchSize(options.limits(), room));
        try {
            for (var slice = slices.poll(); slice != null; slice = slices.poll()) {
                loop.run(slice);
            }
        } catch (Throwable e) {
            slices.clear();
            shared.gate().close();
            throw e;
        } finally {
            shared.pace().laneEnded(number);
        }
    }

    /** Waits for every lane, whatever a body's own interrupt says: a lane that is left behind would be closed in its batch. */
    private static @Nullable Throwable ended(List<Future<?>> others, @Nullable Throwable own) {
        var failure = own;
        var interrupted = false;
        for (var next = 0; next < others.size(); ) {
            try {
                others.get(next).get();
                next++;
            } catch (ExecutionException e) {
                var cause = e.getCause();
                failure = graver(failure, cause == null ? e : cause);
                next++;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return failure;
    }

    /** An error goes before "the others ended, so I do". */
    private static Throwable graver(@Nullable Throwable one, Throwable other) {
        if (one == null || isEnding(one)) {
            return other;
        }
        if (!isEnding(other)) {
            one.addSuppressed(other);
        }
        return one;
    }

    private static boolean isEnding(Throwable e) {
        return e instanceof WorkerStoppingException
                || e instanceof LeaseLostException
                || e instanceof Gate.ClosedException;
    }
}
