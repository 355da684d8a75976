package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnasync.api.Attempt;
import dev.turnasync.api.OperatorAction;
import dev.turnasync.api.QueueEntry;
import java.util.List;

/**
 * All there is to know about one entry.
 *
 * @param entry the entry
 * @param attempts its attempts, oldest first
 * @param requests what was asked of it and not obeyed yet
 * @param actions what people did, the newest first
 */
record EntryDetails(
        QueueEntry entry, List<Attempt> attempts, List<QueueEntry.Request> requests, List<OperatorAction> actions) {

    ObjectNode json(String queue) {
        var node = EntryJson.details(queue, entry, attempts);
        EntryJson.addRequests(node, requests);
        EntryJson.addActions(node, actions);
        return node;
    }
}
