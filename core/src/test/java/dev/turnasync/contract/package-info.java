/** Promises that several modules keep, each written once: a subclass runs them against one of them. */
@NullMarked
package dev.turnasync.contract;

import org.jspecify.annotations.NullMarked;
