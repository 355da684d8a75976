package dev.turnasync.architecture.violations.threadlocal;

/** Breaks a rule on purpose. */
final class WrongLocal {

    private final ThreadLocal<String> local = new ThreadLocal<>();

    String value() {
        return local.get();
    }
}
