package dev.turnasync;

import dev.turnasync.flyway.MigrationRegistry;
import dev.turnasync.spi.MigrationCatalog;
import dev.turnasync.spi.NewEntry;
import java.util.List;

/** The registry of a Flyway instance, as the check wants it. */
record RegistryCatalog(MigrationRegistry registry, String historyTable) implements MigrationCatalog {

    @Override
    public List<NewEntry> migrations() {
        return registry.all().stream()
                .map(source -> new NewEntry(
                        historyTable,
                        source.version(),
                        source.description(),
                        source.checksum(),
                        source.className(),
                        source.terms()))
                .toList();
    }

    @Override
    public boolean hookInstalled() {
        return registry.hookInstalled();
    }
}
