package dev.turnasync.architecture.violations.arrows.worker;

import dev.turnasync.architecture.violations.arrows.Root;
import dev.turnasync.architecture.violations.arrows.flyway.WrongFlyway;
import dev.turnasync.architecture.violations.arrows.jdbc.WrongJdbc;
import dev.turnasync.architecture.violations.arrows.resumable.WrongResumable;

/** Breaks a rule on purpose. */
public interface WrongWorker {

    Root root();

    WrongFlyway flyway();

    WrongJdbc jdbc();

    WrongResumable resumable();
}
