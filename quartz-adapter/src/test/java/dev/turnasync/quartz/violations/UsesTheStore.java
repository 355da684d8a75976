package dev.turnasync.quartz.violations;

import dev.turnasync.spi.QueueStore;

/** Breaks the rule that an adapter uses the core's front door only. */
record UsesTheStore(QueueStore store) {}
