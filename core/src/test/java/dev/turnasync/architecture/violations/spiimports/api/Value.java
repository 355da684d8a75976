package dev.turnasync.architecture.violations.spiimports.api;

/** Keeps the rule. */
public interface Value {}
