/** How fast, how gentle and how frugal a backfill is, measured beside what it replaces. */
@NullMarked
package dev.turnasync.benchmarks.backfill;

import org.jspecify.annotations.NullMarked;
