/** Real processes over one real database, which are killed, frozen and cut off. Start at {@link dev.turnasync.chaos.ChaosTest}. */
@NullMarked
package dev.turnasync.chaos;

import org.jspecify.annotations.NullMarked;
