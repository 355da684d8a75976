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

    /**
     * Returns whether the entry waits for approval: it is queued as {@link EntryStatus#PAUSED}, and an operator's {@code resume}
     * lets it run. Those after it wait, too. Defaults to false.
     *
     * @return true to wait for an operator
     */
    boolean hold() default false;

    /**
     * Returns the time of the day in which attempts may begin, such as {@code 22:00-05:00 Europe/Berlin}, by the database's
     * clock. It may span midnight; the end is not part of it. An attempt that has begun goes on after the end; a backfill can be
     * kept inside by a throttle. Those after the entry wait, too. Defaults to empty: at any time.
     *
     * @return hours and minutes of begin and end, and a time zone that PostgreSQL knows; or empty
     */
    String window() default "";
}
