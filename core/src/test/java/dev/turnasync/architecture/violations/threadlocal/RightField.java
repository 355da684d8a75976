package dev.turnasync.architecture.violations.threadlocal;

/** Keeps the rule. */
final class RightField {

    private final String value = "";

    String value() {
        return value;
    }
}
