/** Real databases for tests. Start at {@link dev.turnasync.database.TestDatabase}. */
@NullMarked
package dev.turnasync.database;

import org.jspecify.annotations.NullMarked;
