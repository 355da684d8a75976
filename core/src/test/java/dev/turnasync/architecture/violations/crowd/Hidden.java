package dev.turnasync.architecture.violations.crowd;

/** Does not count. */
interface Hidden {

    /** Does not count: nested. */
    interface Nested {}
}
