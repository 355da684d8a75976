package dev.turnasync.architecture.violations.apiimports.api;

import java.util.List;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;

/** Keeps the rule. */
interface RightApi {

    @Nullable
    List<MigrationVersion> versions();
}
