/** The code that README shows. */
@NullMarked
package dev.turnasync.docs.snippets;

import org.jspecify.annotations.NullMarked;
