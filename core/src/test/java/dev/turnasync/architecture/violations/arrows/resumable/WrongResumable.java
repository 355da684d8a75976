package dev.turnasync.architecture.violations.arrows.resumable;

import dev.turnasync.architecture.violations.arrows.Root;
import dev.turnasync.architecture.violations.arrows.flyway.WrongFlyway;
import dev.turnasync.architecture.violations.arrows.spi.WrongSpi;
import dev.turnasync.architecture.violations.arrows.worker.WrongWorker;

/** Breaks a rule on purpose. */
public interface WrongResumable {

    Root root();

    WrongWorker worker();

    WrongFlyway flyway();

    WrongSpi spi();
}
