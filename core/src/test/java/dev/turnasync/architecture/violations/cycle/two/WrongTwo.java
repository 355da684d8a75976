package dev.turnasync.architecture.violations.cycle.two;

import dev.turnasync.architecture.violations.cycle.WrongRoot;
import dev.turnasync.architecture.violations.cycle.three.RightThree;

/** Breaks a rule on purpose. */
public interface WrongTwo {

    WrongRoot root();

    RightThree three();
}
