package dev.turnasync.sample;

/** The arguments or the database given by them cannot be used; the message says why. */
final class UnfitException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnfitException(String message) {
        super(message);
    }
}
