/** What version 2 of the shop changes in its database, together with the SQL files of the same folder. */
@NullMarked
package dev.turnasync.sample.v2;

import org.jspecify.annotations.NullMarked;
