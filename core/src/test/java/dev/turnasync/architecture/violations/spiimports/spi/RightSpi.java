package dev.turnasync.architecture.violations.spiimports.spi;

import dev.turnasync.architecture.violations.spiimports.api.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps the rule. */
interface RightSpi {

    @Nullable
    List<Value> values();
}
