package dev.turnasync.architecture.violations.doors.jdbc;

/** Keeps the rule, being on the list. */
public interface JdbcQueueStore {}
