package dev.turnasync.worker;

import dev.turnasync.api.DrainResult;
import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.QueueEntry;
import org.jspecify.annotations.Nullable;

/** Counts the outcomes of one drain. For use by one thread. */
final class Counts {

    int succeeded;
    int retryable;
    int failed;
    int handedBack;

    @Nullable
    Throwable failure;

    void add(DrainResult part) {
        succeeded += part.succeeded();
        retryable += part.retryable();
        failed += part.failed();
        handedBack += part.handedBack();
        failure = part.failure() == null ? failure : part.failure();
    }

    int runs() {
        return succeeded + retryable + failed + handedBack;
    }

    DrainResult result(StopReason why, @Nullable QueueEntry head) {
        return new DrainResult(succeeded, retryable, failed, handedBack, why, head, failure);
    }
}
