/** Many workers, many nodes, and what goes wrong between them. */
@NullMarked
package dev.turnasync.concurrency;

import org.jspecify.annotations.NullMarked;
