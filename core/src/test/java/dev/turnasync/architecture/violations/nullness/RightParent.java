package dev.turnasync.architecture.violations.nullness;

/** Keeps the rule. */
interface RightParent {}
