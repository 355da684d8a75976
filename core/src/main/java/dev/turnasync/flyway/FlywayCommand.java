package dev.turnasync.flyway;

import java.util.Set;
import org.flywaydb.core.Flyway;

/**
 * Tells which of Flyway's commands is at work. Flyway hands no extension the command it is called for, so the stack of the
 * calling thread is looked at: the innermost command counts, since {@code migrate} calls resolvers and callbacks that may call
 * {@code info} on a Flyway of their own.
 */
final class FlywayCommand {

    private static final Set<String> COMMANDS =
            Set.of("migrate", "info", "validate", "validateWithResult", "repair", "baseline", "clean", "undo");

    private static final String FLYWAY = Flyway.class.getName();

    private FlywayCommand() {}

    /** Whether the calling thread is inside {@link Flyway#migrate()}. */
    static boolean isMigrate() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> FLYWAY.equals(frame.getClassName()))
                        .map(StackWalker.StackFrame::getMethodName)
                        .filter(COMMANDS::contains)
                        .findFirst())
                .filter("migrate"::equals)
                .isPresent();
    }
}
