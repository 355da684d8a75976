package dev.turnasync.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a Java migration that builds on what async migrations did, such as a column that one of them filled. It runs only when
 * these are {@link EntryStatus#SUCCEEDED} or {@link EntryStatus#SKIPPED}.
 *
 * <pre>{@code
 * @RequiresAsync("7")
 * public class V12__Drop_old_email extends BaseJavaMigration { … }
 * }</pre>
 *
 * <p>A required migration that has no entry, since it is not async or ran in {@code migrate}, counts as finished when Flyway's
 * history lists it as applied or a baseline stands for it.
 *
 * <p>On a migration that is async itself, {@link #otherwise()} and {@link #timeoutSeconds()} play no part: what is not finished
 * fails the attempt, which is repeated as any other. Adding or removing the annotation changes nothing for {@code validate}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface RequiresAsync {

    /** What {@code migrate} does when a required migration is not finished. */
    enum Otherwise {
        /** Fail, and say what to do. */
        FAIL,
        /** Wait until a worker has finished it; fail when that cannot be without a person, or takes too long. */
        WAIT,
        /** Run the queue up to it in this {@code migrate}; when another worker is at it, wait for that one. */
        RUN_INLINE
    }

    /**
     * Returns the required migrations.
     *
     * @return versions such as {@code 7}, or {@code R__Refresh_totals}; at least one
     */
    String[] value();

    /**
     * Returns what {@code migrate} does when one of them is not finished. Defaults to {@link Otherwise#FAIL}.
     *
     * @return what to do
     */
    Otherwise otherwise() default Otherwise.FAIL;

    /**
     * Returns for how many seconds {@code migrate} waits at most; a migration that it runs itself is not cut off. Defaults to 600.
     *
     * @return the seconds, not negative
     */
    long timeoutSeconds() default 600;
}
