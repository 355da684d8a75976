package dev.turnasync.spi;

import dev.turnasync.api.Attempt;

/**
 * What is stored about an error, and whether repeating can help.
 *
 * @param error class, message, SQLSTATE and stack trace
 * @param permanent whether repeating the attempt cannot help
 * @param connectionLost whether the database ended the session or could not be reached
 * @param cause the error itself
 */
public record ErrorReport(Attempt.Failure error, boolean permanent, boolean connectionLost, Throwable cause) {}
