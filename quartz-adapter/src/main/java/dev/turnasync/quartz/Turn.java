package dev.turnasync.quartz;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread of this node drain at a time, and tells it to stop by an interrupt, which never outlasts the turn. Who
 * comes meanwhile does not wait, but has the drainer look once more. Safe for use by many threads.
 */
final class Turn {

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread drainer;
    private boolean again;

    /** Takes the turn, or asks its holder to look once more. */
    boolean take() {
        lock.lock();
        try {
            if (drainer != null) {
                again = true;
                return false;
            }
            drainer = Thread.currentThread();
            again = false;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the turn back unless somebody came meanwhile. */
    boolean isOver() {
        lock.lock();
        try {
            if (again && !Thread.currentThread().isInterrupted()) {
                again = false;
                return false;
            }
            drainer = null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the turn back if it is still held. The thread is Quartz's again, so that it must not keep our interrupt. */
    void end() {
        lock.lock();
        try {
            if (drainer == Thread.currentThread()) {
                drainer = null;
            }
        } finally {
            lock.unlock();
        }
        var unused = Thread.interrupted();
    }

    boolean isTaken() {
        lock.lock();
        try {
            return drainer != null;
        } finally {
            lock.unlock();
        }
    }

    void stop() {
        lock.lock();
        try {
            if (drainer != null) {
                drainer.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
