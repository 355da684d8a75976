package dev.turnasync.jdbc;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An error's stack trace as Java prints it, but bounded while it is made, whatever the error is: a message of megabytes, a recursion's ten
 * thousand frames, a chain of causes without an end. What is left out is counted; the innermost cause is not left out.
 */
final class TraceText {

    private static final int LONGEST = 100_000;
    private static final int MESSAGE = 2_000;
    private static final int FIRST_FRAMES = 80;
    private static final int LAST_FRAMES = 20;
    private static final int FIRST_CAUSES = 10;
    private static final int LAST_CAUSES = 4;
    private static final int MOST_SUPPRESSED = 5;
    private static final int DEEPEST = 2;

    private final StringBuilder text = new StringBuilder();
    private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean whole = true;

    private TraceText() {}

    static TraceText of(Throwable failure) {
        var trace = new TraceText();
        trace.add(failure, "", "", List.of());
        return trace;
    }

    /** Whether Java's own print of the error would say the same. */
    boolean isWhole() {
        return whole && text.length() <= LONGEST;
    }

    @Override
    public String toString() {
        return CleanText.of(text.toString(), LONGEST);
    }

    private void add(Throwable failure, String indent, String caption, List<StackTraceElement> around) {
        var enclosing = around;
        var label = caption;
        var causes = ErrorChain.causes(failure);
        for (var i = 0; i < causes.size(); i++) {
            if (i == FIRST_CAUSES && causes.size() > FIRST_CAUSES + LAST_CAUSES) {
                var left = causes.size() - FIRST_CAUSES - LAST_CAUSES;
                leftOut(indent + "Caused by: … (" + left + " more causes)");
                i += left;
            }
            var cause = causes.get(i);
            enclosing = one(cause, indent, label, enclosing);
            label = "Caused by: ";
        }
        if (!causes.isEmpty() && ErrorChain.isCycle(causes)) {
            text.append(indent).append("Caused by: an error above\n");
        }
    }

    private List<StackTraceElement> one(
            Throwable error, String indent, String label, List<StackTraceElement> enclosing) {
        seen.add(error);
        text.append(indent).append(label).append(heading(error)).append('\n');
        var frames = ErrorChain.asked(error::getStackTrace);
        var own = frames == null ? List.<StackTraceElement>of() : List.of(frames);
        frames(own, enclosing, indent);
        suppressed(error, indent, own);
        return own;
    }

    /** Not what an error says of itself as a whole, which would be another copy of a message of any size. */
    private String heading(Throwable error) {
        var name = error.getClass().getName();
        var message = ErrorChain.asked(error::getLocalizedMessage);
        if (message == null) {
            return name;
        }
        var clean = CleanText.of(message, MESSAGE);
        whole &= clean.equals(message);
        return name + ": " + clean;
    }

    private void frames(List<StackTraceElement> own, List<StackTraceElement> enclosing, String indent) {
        var common = common(own, enclosing);
        var different = own.size() - common;
        for (var i = 0; i < different; i++) {
            if (i == FIRST_FRAMES && different > FIRST_FRAMES + LAST_FRAMES) {
                var left = different - FIRST_FRAMES - LAST_FRAMES;
                leftOut(indent + "\t… (" + left + " more frames)");
                i += left;
            }
            text.append(indent).append("\tat ").append(own.get(i)).append('\n');
        }
        if (common > 0) {
            text.append(indent).append("\t... ").append(common).append(" more\n");
        }
    }

    private static int common(List<StackTraceElement> own, List<StackTraceElement> enclosing) {
        var most = Math.min(own.size(), enclosing.size());
        var common = 0;
        while (common < most && own.get(own.size() - 1 - common).equals(enclosing.get(enclosing.size() - 1 - common))) {
            common++;
        }
        return common;
    }

    private void suppressed(Throwable error, String indent, List<StackTraceElement> enclosing) {
        var suppressed = error.getSuppressed();
        for (var i = 0; i < suppressed.length; i++) {
            if (i == MOST_SUPPRESSED || indent.length() == DEEPEST) {
                leftOut(indent + "\tSuppressed: … (" + (suppressed.length - i) + " more errors)");
                return;
            }
            if (!seen.contains(suppressed[i])) {
                add(suppressed[i], indent + "\t", "Suppressed: ", enclosing);
            }
        }
    }

    private void leftOut(String line) {
        whole = false;
        text.append(line).append('\n');
    }

    /** An error's message, or why it has none. */
    static String message(Throwable error, int longest) {
        @Nullable String message;
        try {
            message = error.getMessage();
        } catch (RuntimeException | LinkageError | VirtualMachineError e) {
            return "(no message: " + e.getClass().getName() + ")";
        }
        return message == null ? "(no message)" : CleanText.of(message, longest);
    }
}
