package dev.turnasync.architecture.violations.arrows;

import dev.turnasync.architecture.violations.arrows.api.WrongApi;
import dev.turnasync.architecture.violations.arrows.flyway.WrongFlyway;
import dev.turnasync.architecture.violations.arrows.jdbc.WrongJdbc;
import dev.turnasync.architecture.violations.arrows.spi.WrongSpi;
import dev.turnasync.architecture.violations.arrows.worker.WrongWorker;

/** Keeps the rule. */
public interface Root {

    WrongApi api();

    WrongFlyway flyway();

    WrongJdbc jdbc();

    WrongSpi spi();

    WrongWorker worker();
}
