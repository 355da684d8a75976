package dev.turnasync.architecture.violations.nullness.unmarked;

/** Breaks a rule on purpose. */
interface WrongChild {}
