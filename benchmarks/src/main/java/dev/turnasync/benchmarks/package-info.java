/** Benchmarks, run by {@code -Pbench}. */
@NullMarked
package dev.turnasync.benchmarks;

import org.jspecify.annotations.NullMarked;
