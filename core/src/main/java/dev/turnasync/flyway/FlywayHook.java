package dev.turnasync.flyway;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.flywaydb.core.api.ClassProvider;
import org.flywaydb.core.api.configuration.ClassicConfiguration;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.MigrationResolver;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code migrate} queue async migrations instead of running them. {@link TurnAsyncPlugin} calls it in every Flyway
 * instance; call it yourself only where Flyway does not see the plugin.
 *
 * <p>How it works:
 *
 * <ol>
 *   <li>Undo what an earlier call left, for configurations get copied and called on twice.
 *   <li>Let a node that loses Flyway's lock wait for it, as {@link MigrateMode} says.
 *   <li>In {@link AsyncMode#INLINE}, stop there: Flyway runs async migrations like any other.
 *   <li>Hide async classes from Flyway's own resolver, by a class provider around the user's or Flyway's.
 *   <li>Wrap async objects among the {@code javaMigrations}, so that each resolves to an executor that queues.
 *   <li>Add a resolver that gives the hidden classes back with an executor that queues.
 *   <li>Do the same with sync classes and objects that bear {@link dev.turnasync.api.RequiresAsync}; their executor checks first.
 * </ol>
 *
 * <p>Version, description, script, checksum and type stay the migration's own: Flyway's history and {@code validate} cannot
 * tell a queued migration from one that ran.
 */
public final class FlywayHook {

    private static final Logger LOG = System.getLogger(FlywayHook.class.getName());

    private FlywayHook() {}

    /** The settings that the hook changes, of whatever kind of configuration. */
    private record Settings(
            Configuration configuration,
            Consumer<@Nullable ClassProvider<JavaMigration>> classProvider,
            Consumer<JavaMigration[]> javaMigrations,
            Consumer<MigrationResolver[]> resolvers,
            FleetSettings fleet) {}

    /**
     * Installs the hook. Idempotent. Call it after all other settings.
     *
     * @param configuration the configuration, which is changed
     * @throws org.flywaydb.core.api.FlywayException if one of TurnAsync's settings has an unknown value
     */
    public static void install(ClassicConfiguration configuration) {
        install(new Settings(
                configuration,
                configuration::setJavaMigrationClassProvider,
                configuration::setJavaMigrations,
                configuration::setResolvers,
                new FleetSettings(
                        configuration, configuration::setLockRetryCount, configuration::setShouldCreateSchemas)));
    }

    /**
     * Installs the hook. Idempotent. Call it after all other settings.
     *
     * @param configuration the configuration, which is changed
     * @throws org.flywaydb.core.api.FlywayException if one of TurnAsync's settings has an unknown value
     */
    public static void install(FluentConfiguration configuration) {
        install(new Settings(
                configuration,
                configuration::javaMigrationClassProvider,
                configuration::javaMigrations,
                (MigrationResolver[] resolvers) -> configuration.resolvers(resolvers),
                new FleetSettings(configuration, configuration::lockRetryCount, configuration::createSchemas)));
    }

    private static void install(Settings settings) {
        var configuration = settings.configuration();
        var earlier = AsyncMigrationResolver.in(configuration);
        uninstall(settings);
        settings.fleet().install();
        if (AsyncMode.of(configuration) == AsyncMode.INLINE) {
            LOG.log(Level.DEBUG, "Async migrations run inline");
            return;
        }
        var classes = new MigrationClasses(configuration, configuration.getJavaMigrationClassProvider());
        var listeners = earlier.map(AsyncMigrationResolver::listeners).orElseGet(EnqueueListeners::new);
        settings.classProvider().accept(new SyncClassProvider(classes));
        settings.javaMigrations()
                .accept(Arrays.stream(configuration.getJavaMigrations())
                        .map(HookedJavaMigration::wrap)
                        .toArray(JavaMigration[]::new));
        settings.resolvers()
                .accept(Stream.concat(
                                Arrays.stream(configuration.getResolvers()),
                                Stream.of(new AsyncMigrationResolver(classes, listeners)))
                        .toArray(MigrationResolver[]::new));
        LOG.log(Level.DEBUG, "Async migrations are queued");
    }

    private static void uninstall(Settings settings) {
        var configuration = settings.configuration();
        settings.fleet().uninstall();
        if (configuration.getJavaMigrationClassProvider() instanceof SyncClassProvider ours) {
            settings.classProvider().accept(ours.classes().provider());
        }
        settings.javaMigrations()
                .accept(Arrays.stream(configuration.getJavaMigrations())
                        .map(HookedJavaMigration::unwrap)
                        .toArray(JavaMigration[]::new));
        settings.resolvers()
                .accept(Arrays.stream(configuration.getResolvers())
                        .filter(resolver -> !(resolver instanceof AsyncMigrationResolver))
                        .toArray(MigrationResolver[]::new));
    }
}
