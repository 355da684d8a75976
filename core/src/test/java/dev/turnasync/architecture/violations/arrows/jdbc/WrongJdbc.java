package dev.turnasync.architecture.violations.arrows.jdbc;

import dev.turnasync.architecture.violations.arrows.Root;
import dev.turnasync.architecture.violations.arrows.flyway.WrongFlyway;
import dev.turnasync.architecture.violations.arrows.resumable.WrongResumable;
import dev.turnasync.architecture.violations.arrows.worker.WrongWorker;

/** Breaks a rule on purpose. */
public interface WrongJdbc {

    Root root();

    WrongWorker worker();

    WrongFlyway flyway();

    WrongResumable resumable();
}
