package dev.turnasync.architecture.violations.doors.api;

/** Keeps the rule. */
public interface RightApi {}
