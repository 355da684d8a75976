/**
 * The sample application: a web shop whose second version brings migrations too heavy for a deploy. Its migrations are in
 * {@code v2}; start at {@link dev.turnasync.sample.Main}.
 */
@NullMarked
package dev.turnasync.sample;

import org.jspecify.annotations.NullMarked;
