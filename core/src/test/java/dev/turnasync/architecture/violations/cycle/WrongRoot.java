package dev.turnasync.architecture.violations.cycle;

import dev.turnasync.architecture.violations.cycle.one.WrongOne;

/** Breaks a rule on purpose. */
public interface WrongRoot {

    WrongOne one();
}
