package dev.turnasync.architecture.violations.cycle.one;

import dev.turnasync.architecture.violations.cycle.two.WrongTwo;

/** Breaks a rule on purpose. */
public interface WrongOne {

    WrongTwo two();
}
