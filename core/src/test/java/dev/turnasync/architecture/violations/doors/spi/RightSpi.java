package dev.turnasync.architecture.violations.doors.spi;

/** Keeps the rule. */
public interface RightSpi {}
