package dev.turnasync.flyway;

import java.util.List;
import org.flywaydb.core.api.Location;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.executor.MigrationExecutor;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.ResolvedMigration;
import org.flywaydb.core.internal.resolver.MigrationInfoHelper;
import org.flywaydb.core.internal.resolver.ResolvedMigrationImpl;
import org.flywaydb.core.internal.scanner.ClasspathClassScanner;
import org.flywaydb.core.internal.util.AbbreviationUtils;
import org.flywaydb.core.internal.util.ClassUtils;
import org.jspecify.annotations.Nullable;

/**
 * The calls into Flyway outside its API, all in one place. Each has the same signature in every version from 10.20 to 13.12;
 * a run of the tests over these versions proves it.
 */
final class FlywayInternals {

    private static final String CLASSPATH = "classpath:";

    private FlywayInternals() {}

    /** What Flyway reads from a class name such as {@code V7__Backfill}; no version when repeatable. */
    record Name(@Nullable MigrationVersion version, String description) {}

    /** Names all classes in a location on the class path, which may hold wildcards. */
    static List<String> classNames(Configuration configuration, Location location) {
        return new ClasspathClassScanner(configuration.getClassLoader())
                .scanForType(
                        location.getDescriptor().substring(CLASSPATH.length()),
                        JavaMigration.class,
                        configuration.isFailOnMissingLocations());
    }

    /** Loads a class as Flyway's scanner does: null when it is no migration, an exception when it cannot be created. */
    static @Nullable Class<? extends JavaMigration> loadMigration(String className, ClassLoader classLoader)
            throws Exception {
        return ClassUtils.loadClass(JavaMigration.class, className, classLoader);
    }

    static ResolvedMigration withExecutor(ResolvedMigration migration, MigrationExecutor executor) {
        return new ResolvedMigrationImpl(
                migration.getVersion(),
                migration.getDescription(),
                migration.getScript(),
                migration.getChecksum(),
                null,
                migration.getType(),
                migration.getPhysicalLocation(),
                executor);
    }

    /** Shortens a description as Flyway's history does. */
    static String abbreviate(String description) {
        return AbbreviationUtils.abbreviateDescription(description);
    }

    /**
     * Reads version and description from a class name.
     *
     * @throws org.flywaydb.core.api.FlywayException if the name does not follow Flyway's convention
     */
    static Name parse(String simpleName) {
        var repeatable = simpleName.startsWith("R");
        var parts = MigrationInfoHelper.extractVersionAndDescription(
                simpleName, repeatable ? "R" : "V", "__", new String[] {""}, repeatable);
        return new Name(parts.getLeft(), parts.getRight());
    }

    /** Finds TurnAsync's settings; null where Flyway does not see the plugin. */
    static @Nullable TurnAsyncConfigurationExtension extension(Configuration configuration) {
        // Object and instanceof: the plugin that Flyway sees may have come from another class loader than this class.
        Object found = configuration.getPluginRegister().getPlugin(TurnAsyncConfigurationExtension.class);
        return found instanceof TurnAsyncConfigurationExtension extension ? extension : null;
    }
}
