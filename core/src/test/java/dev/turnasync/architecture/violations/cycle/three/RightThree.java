package dev.turnasync.architecture.violations.cycle.three;

/** Keeps the rule. */
public interface RightThree {}
