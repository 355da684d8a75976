/** Lets Quartz wake the worker. Start at {@link dev.turnasync.quartz.QuartzAdapter}. */
@NullMarked
package dev.turnasync.quartz;

import org.jspecify.annotations.NullMarked;
