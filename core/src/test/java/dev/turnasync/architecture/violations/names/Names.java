package dev.turnasync.architecture.violations.names;

/** Breaks a rule on purpose. */
final class Names {

    private Names() {}

    interface WrongImpl {}

    interface WrongUtil {}

    interface WrongUtils {}

    interface WrongHelper {}

    interface WrongManager {}

    interface WrongHandler {}

    interface WrongProcessor {}

    interface WrongData {}

    interface WrongInfo {}

    interface RightDatabase {}

    interface RightInformation {}
}
