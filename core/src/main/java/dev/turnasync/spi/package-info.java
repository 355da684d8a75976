/**
 * The edges between the worker, the queue's tables and Flyway: interfaces and values only. Not for users; it may change with
 * any version.
 */
@NullMarked
package dev.turnasync.spi;

import org.jspecify.annotations.NullMarked;
