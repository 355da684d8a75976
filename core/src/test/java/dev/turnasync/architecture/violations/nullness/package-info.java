/** Marked. */
@NullMarked
package dev.turnasync.architecture.violations.nullness;

import org.jspecify.annotations.NullMarked;
