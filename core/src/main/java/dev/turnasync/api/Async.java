package dev.turnasync.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a Flyway Java migration whose work is queued instead of run by {@code flyway migrate}.
 *
 * <p>{@code migrate} records the migration as applied in Flyway's schema history, adds an entry to the table
 * {@code async_schema_migrations} and goes on. A worker runs the migration's {@code migrate} method later, in the order
 * in which Flyway applied it, one at a time over all nodes.
 *
 * <p>Adding or removing the annotation on a migration that is already applied changes nothing for {@code validate}. An
 * annotation of the same name from another framework (Spring's, Micronaut's) on a migration is refused.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Async {

    /**
     * Returns how many failed attempts the entry may have before it is {@link EntryStatus#FAILED} and blocks the queue.
     * 0 means: as the worker's {@link RetryPolicy} says. Defaults to 0.
     *
     * @return the number of attempts, at least 1, or 0 for the worker's policy
     */
    int maxAttempts() default 0;
}
