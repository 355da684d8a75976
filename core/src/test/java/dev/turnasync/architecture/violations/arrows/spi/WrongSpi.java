package dev.turnasync.architecture.violations.arrows.spi;

import dev.turnasync.architecture.violations.arrows.Root;
import dev.turnasync.architecture.violations.arrows.flyway.WrongFlyway;
import dev.turnasync.architecture.violations.arrows.jdbc.WrongJdbc;
import dev.turnasync.architecture.violations.arrows.resumable.WrongResumable;
import dev.turnasync.architecture.violations.arrows.worker.WrongWorker;

/** Breaks a rule on purpose. */
public interface WrongSpi {

    Root root();

    WrongWorker worker();

    WrongFlyway flyway();

    WrongJdbc jdbc();

    WrongResumable resumable();
}
