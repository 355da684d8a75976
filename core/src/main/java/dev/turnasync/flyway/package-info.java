/**
 * Everything that touches Flyway: the hook that makes {@code migrate} queue async migrations instead of running them, and
 * what a worker needs to run one later. Start at {@link dev.turnasync.flyway.FlywayHook} for the first and at
 * {@link dev.turnasync.flyway.MigrationRegistry} for the second.
 */
@NullMarked
package dev.turnasync.flyway;

import org.jspecify.annotations.NullMarked;
