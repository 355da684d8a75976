/** A version 2 with two migrations that fail, to show what a blocked queue looks like and how to go on. */
@NullMarked
package dev.turnasync.sample.mistakes;

import org.jspecify.annotations.NullMarked;
