package dev.turnasync.architecture.violations.unplaced.extra;

/** Breaks a rule on purpose. */
interface WrongPlace {}
