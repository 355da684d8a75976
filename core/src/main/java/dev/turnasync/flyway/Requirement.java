package dev.turnasync.flyway;

import dev.turnasync.api.RequiresAsync;
import dev.turnasync.api.RequiresAsync.Otherwise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;

/** What a migration's {@link RequiresAsync} says. */
record Requirement(List<String> keys, Otherwise otherwise, Duration timeout) {

    /**
     * Reads the annotation of a migration class.
     *
     * @throws FlywayException if it names no migration, or its timeout is negative
     */
    static Optional<Requirement> of(Class<?> type) {
        var annotation = type.getAnnotation(RequiresAsync.class);
        if (annotation == null) {
            return Optional.empty();
        }
        var keys = List.of(annotation.value());
        if (keys.isEmpty() || keys.stream().anyMatch(String::isBlank)) {
            throw new FlywayException("@RequiresAsync on migration " + type.getName()
                    + " names no migration. Write a version, such as @RequiresAsync(\"7\"), or R__ and a description.");
        }
        if (annotation.timeoutSeconds() < 0) {
            throw new FlywayException("@RequiresAsync(timeoutSeconds = " + annotation.timeoutSeconds()
                    + ") on migration " + type.getName() + ": timeoutSeconds must not be negative.");
        }
        return Optional.of(
                new Requirement(keys, annotation.otherwise(), Duration.ofSeconds(annotation.timeoutSeconds())));
    }

    static boolean isOn(Class<?> type) {
        return type.isAnnotationPresent(RequiresAsync.class);
    }
}
