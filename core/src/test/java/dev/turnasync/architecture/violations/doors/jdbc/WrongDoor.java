package dev.turnasync.architecture.violations.doors.jdbc;

/** Breaks a rule on purpose. */
public interface WrongDoor {}
