package dev.turnasync;

import dev.turnasync.api.MigrationListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Tells all listeners; one that throws is logged and changes nothing. */
final class Listeners implements MigrationListener {

    private static final System.Logger LOG = System.getLogger(Listeners.class.getName());

    private final List<MigrationListener> listeners;

    Listeners(MigrationListener first, List<MigrationListener> others) {
        this.listeners = new CopyOnWriteArrayList<>(others);
        listeners.add(0, first);
    }

    void add(MigrationListener listener) {
        listeners.add(listener);
    }

    void remove(MigrationListener listener) {
        listeners.remove(listener);
    }

    @Override
    public void on(Event event) {
        for (var listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException | Error e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "listener " + listener.getClass().getName() + " failed on "
                                + event.entry().label(),
                        e);
            }
        }
    }
}
