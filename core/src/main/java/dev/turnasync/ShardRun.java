package dev.turnasync;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work over shards:
 *
 * <ol>
 *   <li>The groups come one after the other; the next one only when every shard of those before ended well.
 *   <li>In a group so many threads as the limit allows take shards in their order.
 *   <li>When it is halted, a failure shall stop it, or the caller wants no more of it, no shard is begun any more; halting also interrupts those at work.
 * </ol>
 *
 * Whatever a shard throws is its result.
 */
final class ShardRun<T> {

    private static final System.Logger LOG = System.getLogger(ShardRun.class.getName());

    private final Function<String, Shard> open;
    private final ShardWork<T> work;
    private final Predicate<? super T> well;
    private final Plan plan;
    private final Map<String, ShardResult<T>> results = new ConcurrentHashMap<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean halted;
    private volatile @Nullable ExecutorService threads;

    /** The groups of shards, how many are worked on at once, whether none is begun after a failure, and who may end it. */
    record Plan(List<List<String>> groups, int atOnce, boolean stopOnFirstFailure, BooleanSupplier mayBegin) {}

    ShardRun(Plan plan, Function<String, Shard> open, ShardWork<T> work, Predicate<? super T> well) {
        this.plan = plan;
        this.open = open;
        this.work = work;
        this.well = well;
    }

    /** Ends when every shard that was begun has ended, also when the caller is interrupted, which halts the run and is kept. */
    void run() {
        var interrupted = false;
        try {
            for (var group : plan.groups()) {
                if (halted || !isWell()) {
                    break;
                }
                interrupted |= work(group);
            }
        } finally {
            ended.countDown();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    ShardResults<T> results(Collection<String> order) {
        return new ShardResults<>(order.stream()
                .map(id -> results.getOrDefault(id, ShardResult.notStarted(id)))
                .toList());
    }

    /** Begins no further shard and interrupts those at work. */
    void halt() {
        halted = true;
        var current = threads;
        if (current != null) {
            current.shutdownNow();
        }
    }

    /** Waits for the end of all shards that were begun. */
    void awaitEnd(long millis) throws InterruptedException {
        if (!ended.await(millis, TimeUnit.MILLISECONDS)) {
            LOG.log(System.Logger.Level.WARNING, "work in shards did not end in {0} ms", millis);
        }
    }

    /** Returns whether the caller was interrupted. */
    private boolean work(List<String> group) {
        var waiting = new ConcurrentLinkedQueue<>(group);
        var most = Math.min(plan.atOnce(), group.size());
        var pool = Executors.newFixedThreadPool(most, ShardRun::newThread);
        for (var i = 0; i < most; i++) {
            pool.execute(() -> takeFrom(waiting));
        }
        threads = pool;
        if (halted) {
            pool.shutdownNow();
        }
        pool.shutdown();
        return await(pool);
    }

    private boolean await(ExecutorService pool) {
        var interrupted = false;
        while (true) {
            try {
                if (pool.awaitTermination(1, TimeUnit.DAYS)) {
                    return interrupted;
                }
            } catch (InterruptedException e) {
                interrupted = true;
                halt();
            }
        }
    }

    private void takeFrom(Queue<String> waiting) {
        while (true) {
            // An interrupt that a shard's work left behind must not reach the next one; halting is seen after it.
            var unused = Thread.interrupted();
            var id = mayBegin() ? waiting.poll() : null;
            if (id == null) {
                return;
            }
            Thread.currentThread().setName("turnasync-shard-" + id);
            results.put(id, result(id));
        }
    }

    private boolean mayBegin() {
        return !halted
                && (!plan.stopOnFirstFailure() || isWell())
                && plan.mayBegin().getAsBoolean();
    }

    private boolean isWell() {
        return results.values().stream().allMatch(ShardResult::isWell);
    }

    private ShardResult<T> result(String id) {
        var shard = open.apply(id);
        try {
            var value = work.on(shard);
            return ShardResult.answered(id, value, well.test(value));
        } catch (Exception | Error e) {
            return ShardResult.broken(id, e, shard.isAway(e));
        } finally {
            close(shard);
        }
    }

    /** What goes wrong here must not end the thread, which has other shards to work on. */
    private static void close(Shard shard) {
        try {
            shard.close();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a shard could not be closed", e);
        }
    }

    /** Platform threads: a virtual one that is interrupted closes its JDBC socket. */
    private static Thread newThread(Runnable work) {
        var thread = new Thread(work, "turnasync-shard");
        thread.setDaemon(true);
        return thread;
    }
}
