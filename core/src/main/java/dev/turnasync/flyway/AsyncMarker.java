package dev.turnasync.flyway;

import dev.turnasync.api.Async;
import dev.turnasync.spi.NewEntry;
import java.lang.annotation.Annotation;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.migration.Context;

/** Tells whether a migration class is async, and refuses what only looks like it. */
final class AsyncMarker {

    private static final Pattern WINDOW =
            Pattern.compile("((?:[01]\\d|2[0-3]):[0-5]\\d)-((?:[01]\\d|2[0-3]):[0-5]\\d) (\\S+)");

    private AsyncMarker() {}

    static boolean isAsync(Class<?> type) {
        return type.isAnnotationPresent(Async.class) || AsyncJavaMigration.class.isAssignableFrom(type);
    }

    /** What the annotation says of when and how often it runs. */
    static NewEntry.Terms terms(Class<?> type) {
        var undoable = Undoable.class.isAssignableFrom(type);
        var annotation = type.getAnnotation(Async.class);
        if (annotation == null) {
            return new NewEntry.Terms(null, false, null, undoable);
        }
        return new NewEntry.Terms(
                annotation.maxAttempts() == 0 ? null : annotation.maxAttempts(),
                annotation.hold(),
                annotation.window().isEmpty() ? null : annotation.window(),
                undoable);
    }

    /**
     * Refuses an {@code @Async} that is not TurnAsync's, and a limit or a window that cannot be.
     *
     * @throws FlywayException with the class and the way to mend it
     */
    static void check(Class<?> type) {
        foreign(type).ifPresent(annotation -> refuse(type, annotation));
        var limit = terms(type).maxAttempts();
        if (limit != null && limit < 1) {
            throw new FlywayException("@Async(maxAttempts = " + limit + ") on migration " + type.getName()
                    + ": maxAttempts must be at least 1, or 0 for the worker's policy.");
        }
        var window = terms(type).window();
        if (window != null && !isWindow(window)) {
            throw new FlywayException("@Async(window = \"" + window + "\") on migration " + type.getName()
                    + ": a window is such as 22:00-05:00 Europe/Berlin, with another end than its begin.");
        }
    }

    private static boolean isWindow(String window) {
        var parts = WINDOW.matcher(window);
        return parts.matches()
                && !parts.group(1).equals(parts.group(2))
                && ZoneId.getAvailableZoneIds().contains(parts.group(3));
    }

    private static void refuse(Class<?> type, Annotation annotation) {
        var found = annotation.annotationType().getName();
        if (found.equals(Async.class.getName())) {
            throw new FlywayException(
                    "Migration " + type.getName() + " bears an @Async that another class loader loaded."
                            + " turnasync-core is on two class paths; keep it only on the one that has Flyway.");
        }
        throw new FlywayException("Migration " + type.getName() + " bears @" + found
                + ", which does not make a migration async. For that use: import " + Async.class.getName() + ";");
    }

    private static Optional<Annotation> foreign(Class<?> type) {
        return Stream.<Class<?>>iterate(type, current -> current != null, Class::getSuperclass)
                .flatMap(AsyncMarker::annotations)
                .filter(annotation ->
                        annotation.annotationType().getSimpleName().equals("Async"))
                .filter(annotation -> annotation.annotationType() != Async.class)
                .findFirst();
    }

    private static Stream<Annotation> annotations(Class<?> type) {
        return Stream.concat(Arrays.stream(type.getDeclaredAnnotations()), methodAnnotations(type));
    }

    /** Spring's annotation may also stand on the method, and then a bean's migration would run on another thread. */
    private static Stream<Annotation> methodAnnotations(Class<?> type) {
        try {
            return Arrays.stream(
                    type.getDeclaredMethod("migrate", Context.class).getDeclaredAnnotations());
        } catch (NoSuchMethodException | LinkageError e) {
            return Stream.empty();
        }
    }
}
