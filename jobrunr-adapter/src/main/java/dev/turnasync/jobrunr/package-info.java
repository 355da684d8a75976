/** Lets JobRunr wake the worker and show its work. Start at {@link dev.turnasync.jobrunr.JobRunrAdapter}. */
@NullMarked
package dev.turnasync.jobrunr;

import org.jspecify.annotations.NullMarked;
