package dev.turnasync.flyway;

import dev.turnasync.api.Waker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Those who want to hear that this JVM's {@code migrate} queued something. Safe for use by many threads. */
final class EnqueueListeners {

    private static final Logger LOG = System.getLogger(EnqueueListeners.class.getName());

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    Waker.Watch add(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Tells all of them; the entry is not committed yet. */
    void enqueued() {
        for (var listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "Listener " + listener.getClass().getName() + " failed; migrate goes on", e);
            }
        }
    }
}
