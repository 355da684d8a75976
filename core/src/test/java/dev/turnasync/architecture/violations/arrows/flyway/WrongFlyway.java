package dev.turnasync.architecture.violations.arrows.flyway;

import dev.turnasync.architecture.violations.arrows.Root;
import dev.turnasync.architecture.violations.arrows.worker.WrongWorker;

/** Breaks a rule on purpose. */
public interface WrongFlyway {

    Root root();

    WrongWorker worker();
}
