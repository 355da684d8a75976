/**
 * The queue's tables: their definition, every statement on them, and the mapping of rows to values. Start at
 * {@link dev.turnasync.jdbc.JdbcQueueStore}.
 */
@NullMarked
package dev.turnasync.jdbc;

import org.jspecify.annotations.NullMarked;
