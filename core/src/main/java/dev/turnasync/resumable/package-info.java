/**
 * What authors of async migrations work with: the context of a run, and helpers that survive the death of a worker at any
 * moment. Start at {@link dev.turnasync.resumable.AsyncContext}.
 */
@NullMarked
package dev.turnasync.resumable;

import org.jspecify.annotations.NullMarked;
