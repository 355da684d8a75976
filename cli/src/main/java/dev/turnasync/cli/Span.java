package dev.turnasync.cli;

import dev.turnasync.api.EntryStatus;

/**
 * A piece of a line in one tone. The text may come from anywhere; {@link Screen} makes it harmless.
 *
 * @param tone how it looks
 * @param text what it says
 */
record Span(Tone tone, String text) {

    /** How a piece of text looks on a terminal with colors. */
    enum Tone {
        PLAIN(""),
        STRONG("1"),
        FAINT("2"),
        GOOD("32"),
        WARNING("33"),
        ACTIVE("36"),
        BAD("1;31");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    static Span plain(String text) {
        return new Span(Tone.PLAIN, text);
    }

    static Span strong(String text) {
        return new Span(Tone.STRONG, text);
    }

    static Span faint(String text) {
        return new Span(Tone.FAINT, text);
    }

    static Span of(EntryStatus status) {
        var tone = switch (status) {
            case QUEUED -> Tone.PLAIN;
            case RUNNING -> Tone.ACTIVE;
            case RETRYABLE, PAUSED -> Tone.WARNING;
            case FAILED -> Tone.BAD;
            case SUCCEEDED -> Tone.GOOD;
            case SKIPPED, UNDONE -> Tone.FAINT;
        };
        return new Span(tone, status.name());
    }

    /** Returns the same tone with another text. */
    Span with(String other) {
        return new Span(tone, other);
    }

    /** Draws a harmless text. */
    String draw(boolean colors) {
        return colors && tone != Tone.PLAIN && !text.isBlank()
                ? "\u001b[" + tone.code + "m" + text + "\u001b[0m"
                : text;
    }
}
