package dev.turnasync.resumable;

/** What was seen in a batch asks for it to be rolled back and done again, with more care. */
final class RepeatException extends Exception {

    private static final long serialVersionUID = 1L;

    RepeatException(String why) {
        super(why);
    }
}
