package dev.turnasync.architecture.violations.unplaced.api;

/** Keeps the rule. */
interface RightPlace {}
