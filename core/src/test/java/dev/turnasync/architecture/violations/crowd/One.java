package dev.turnasync.architecture.violations.crowd;

/** Breaks a rule on purpose. */
public interface One {}
