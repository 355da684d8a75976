package dev.turnasync.architecture.violations.doors.jdbc;

/** Keeps the rule. */
interface RightRoom {}
