/**
 * The command line {@code turnasync}: one small class for each command, over {@link dev.turnasync.AsyncMigrations}. Start at
 * {@link dev.turnasync.cli.Main}.
 */
@NullMarked
package dev.turnasync.cli;

import org.jspecify.annotations.NullMarked;
