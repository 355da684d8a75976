package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.Readiness;
import dev.turnasync.api.Readiness.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a gate saw at one look: of all it waits for, that which decides.
 *
 * @param version the first migration that needs a person, or else that is not applied, or the last one; null when it waits for everything
 * @param readiness how far it is
 */
record GateLook(@Nullable String version, Readiness readiness) {

    /** What is said of a database that is away. */
    static final String AWAY = "AWAY";

    /** Looks for the versions, or for everything queued when there are none. One that needs a person decides before all others. */
    static GateLook at(MigrationQueue queue, List<String> versions) {
        if (versions.isEmpty()) {
            return new GateLook(null, queue.readiness());
        }
        var decides = at(queue, versions.get(0));
        for (var version : versions.subList(1, versions.size())) {
            if (decides.isHopeless()) {
                return decides;
            }
            var look = at(queue, version);
            if (decides.isOpen() || look.isHopeless()) {
                decides = look;
            }
        }
        return decides;
    }

    private static GateLook at(MigrationQueue queue, String version) {
        return new GateLook(version, queue.readiness(version));
    }

    boolean isOpen() {
        return readiness.state() == State.APPLIED;
    }

    /** Whether waiting cannot help, or need not. */
    boolean isFinal() {
        return readiness.isFinal();
    }

    /** Whether waiting cannot help. */
    boolean isHopeless() {
        return isFinal() && !isOpen();
    }

    int exitCode() {
        return switch (readiness.state()) {
            case APPLIED -> ExitCode.OK;
            case BLOCKED, UNDONE -> ExitCode.ATTENTION;
            case PENDING -> ExitCode.TIMEOUT;
            case UNKNOWN -> ExitCode.UNKNOWN;
        };
    }

    /** Says that nothing could be seen; the queue is null when it never could. */
    static ObjectNode away(@Nullable String queue, String message) {
        var node = Json.object()
                .put("queue", queue)
                .put("state", AWAY)
                .putNull("version")
                .put("message", message);
        return node.putNull("entry");
    }

    ObjectNode json(String queue) {
        var entry = readiness.entry();
        var node = Json.object()
                .put("queue", queue)
                .put("state", readiness.state().name())
                .put("version", version)
                .put("message", readiness.message());
        node.set("entry", entry == null ? null : EntryJson.entry(entry));
        return node;
    }
}
