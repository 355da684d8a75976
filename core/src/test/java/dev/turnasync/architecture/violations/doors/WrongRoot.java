package dev.turnasync.architecture.violations.doors;

/** Breaks a rule on purpose. */
public interface WrongRoot {}
