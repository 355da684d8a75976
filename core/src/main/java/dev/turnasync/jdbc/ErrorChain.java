package dev.turnasync.jdbc;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The errors that hang together. An author's error may throw when it is asked, or never come to an end. */
final class ErrorChain {

    private static final int LONGEST = 1_000;

    private ErrorChain() {}

    /** An error, the next ones of a batch and the causes, each once, the outermost first. */
    static List<Throwable> of(Throwable failure) {
        var found = new ArrayList<Throwable>();
        var seen = Collections.<Throwable>newSetFromMap(new IdentityHashMap<>());
        var left = new ArrayDeque<Throwable>();
        left.push(failure);
        while (!left.isEmpty() && found.size() < LONGEST) {
            var error = left.pop();
            if (seen.add(error)) {
                found.add(error);
                push(left, asked(error::getCause));
                push(left, error instanceof SQLException sql ? asked(sql::getNextException) : null);
            }
        }
        return found;
    }

    /** What went wrong besides, such as a rollback on a broken connection. */
    static List<Throwable> suppressed(Throwable failure) {
        return of(failure).stream()
                .flatMap(error -> List.of(error.getSuppressed()).stream())
                .limit(LONGEST)
                .flatMap(error -> of(error).stream())
                .limit(LONGEST)
                .toList();
    }

    /** An error and its causes, each once. */
    static List<Throwable> causes(Throwable failure) {
        var found = new ArrayList<Throwable>();
        var seen = Collections.<Throwable>newSetFromMap(new IdentityHashMap<>());
        for (var error = failure; error != null && found.size() < LONGEST && seen.add(error); ) {
            found.add(error);
            error = asked(error::getCause);
        }
        return found;
    }

    /** Whether the last of some causes has one of them as its own. */
    static boolean isCycle(List<Throwable> causes) {
        var last = asked(causes.get(causes.size() - 1)::getCause);
        return causes.stream().anyMatch(error -> error == last);
    }

    private static void push(ArrayDeque<Throwable> left, @Nullable Throwable error) {
        if (error != null) {
            left.push(error);
        }
    }

    /** What an error says of itself; null when it throws instead. */
    static <T> @Nullable T asked(Supplier<@Nullable T> question) {
        try {
            return question.get();
        } catch (RuntimeException | LinkageError | VirtualMachineError e) {
            return null;
        }
    }
}
