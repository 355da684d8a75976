package dev.turnasync.flyway;

import dev.turnasync.api.Async;
import java.lang.annotation.Annotation;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.migration.Context;
import org.jspecify.annotations.Nullable;

/** Tells whether a migration class is async, and refuses what only looks like it. */
final class AsyncMarker {

    private AsyncMarker() {}

    static boolean isAsync(Class<?> type) {
        return type.isAnnotationPresent(Async.class) || AsyncJavaMigration.class.isAssignableFrom(type);
    }

    /** The migration's own limit; null when the worker's policy decides. */
    static @Nullable Integer maxAttempts(Class<?> type) {
        var annotation = type.getAnnotation(Async.class);
        return annotation == null || annotation.maxAttempts() == 0 ? null : annotation.maxAttempts();
    }

    /**
     * Refuses an {@code @Async} that is not TurnAsync's, and a limit out of its range.
     *
     * @throws FlywayException with the class and the way to mend it
     */
    static void check(Class<?> type) {
        foreign(type).ifPresent(annotation -> refuse(type, annotation));
        var limit = maxAttempts(type);
        if (limit != null && limit < 1) {
            throw new FlywayException("@Async(maxAttempts = " + limit + ") on migration " + type.getName()
                    + ": maxAttempts must be at least 1, or 0 for the worker's policy.");
        }
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
