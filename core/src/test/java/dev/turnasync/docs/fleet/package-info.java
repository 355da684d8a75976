/** The code that docs/fleet.md shows. */
@NullMarked
package dev.turnasync.docs.fleet;

import org.jspecify.annotations.NullMarked;
