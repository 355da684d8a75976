package dev.turnasync.architecture.violations.threadlocal;

/** Breaks a rule on purpose. */
final class WrongChild {

    private final InheritableThreadLocal<String> local = new InheritableThreadLocal<>();

    String value() {
        return local.get();
    }
}
