package dev.turnasync.spi;

import java.util.UUID;

/**
 * Proves who holds a lease. The number alone proves nothing: it goes back when a standby that lagged is promoted or a backup is
 * restored, and is then given a second time. Both parts are compared wherever it matters.
 *
 * @param number grows with every takeover; for people, logs and other systems
 * @param holder drawn by the database for this lease alone
 */
public record LeaseToken(long number, UUID holder) {}
