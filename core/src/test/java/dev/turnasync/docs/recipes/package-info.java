/** The recipes of {@code docs/backfills.md}. */
@NullMarked
package dev.turnasync.docs.recipes;

import org.jspecify.annotations.NullMarked;
