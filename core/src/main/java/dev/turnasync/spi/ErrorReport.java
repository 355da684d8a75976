package dev.turnasync.spi;

import dev.turnasync.api.Attempt;

/**
 * What is stored about an error, and whether repeating can help.
 *
 * @param error class, message, SQLSTATE and stack trace
 * @param permanent whether repeating the attempt cannot help
 * @param cause the error itself
 */
public record ErrorReport(Attempt.Failure error, boolean permanent, Throwable cause) {}
