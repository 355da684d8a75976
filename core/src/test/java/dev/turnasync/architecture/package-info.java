/** The rules of the house, and for each a folder in {@code violations} that breaks it. */
@NullMarked
package dev.turnasync.architecture;

import org.jspecify.annotations.NullMarked;
