package dev.turnasync.flyway;

import dev.turnasync.api.Waker;
import dev.turnasync.spi.NewEntry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/**
 * The async migrations that this node can run. Objects that were given to Flyway come before classes, so that a migration
 * with injected dependencies runs with them. Looks for classes when first asked. Safe for use by many threads.
 */
public final class MigrationRegistry {

    private static final Logger LOG = System.getLogger(MigrationRegistry.class.getName());

    private final Configuration configuration;
    private final MigrationClasses classes;
    private final EnqueueListeners listeners;
    private final boolean hookInstalled;
    private volatile @Nullable List<Source> sources;

    private MigrationRegistry(Configuration configuration, AsyncMigrationResolver resolver, boolean hookInstalled) {
        this.configuration = configuration;
        this.classes = resolver.classes();
        this.listeners = resolver.listeners();
        this.hookInstalled = hookInstalled;
    }

    /**
     * Returns the registry of a configuration.
     *
     * @param configuration the configuration of a Flyway instance, best that of the instance that migrates
     * @return its registry
     */
    public static MigrationRegistry of(Configuration configuration) {
        return AsyncMigrationResolver.in(configuration)
                .map(resolver -> new MigrationRegistry(configuration, resolver, true))
                .orElseGet(() -> new MigrationRegistry(configuration, withoutHook(configuration), false));
    }

    private static AsyncMigrationResolver withoutHook(Configuration configuration) {
        var classes = new MigrationClasses(configuration, configuration.getJavaMigrationClassProvider());
        return new AsyncMigrationResolver(classes, new EnqueueListeners());
    }

    /**
     * Tells whether {@code migrate} on this configuration queues async migrations.
     *
     * @return false when it would run them, since the mode is {@link AsyncMode#INLINE} or Flyway does not see the plugin
     */
    public boolean hookInstalled() {
        return hookInstalled;
    }

    /**
     * Lists the async migrations of this node, objects first.
     *
     * @return the migrations
     */
    public Collection<Source> all() {
        var known = sources;
        if (known == null) {
            known = Stream.concat(objects(), scanned()).toList();
            sources = known;
        }
        return known;
    }

    /**
     * Finds the migration that a queue entry stands for, by version and description. The class name plays no part: moving a
     * class to another package keeps it the same migration.
     *
     * @param version the entry's version; null for a repeatable migration
     * @param description the entry's description, of at most 200 characters
     * @return the migration; empty when this node has none
     */
    public Optional<Source> find(@Nullable String version, String description) {
        var wanted = version == null ? null : MigrationVersion.fromVersion(version);
        return all().stream()
                .filter(source -> source.is(wanted, FlywayInternals.abbreviate(description)))
                .findFirst();
    }

    /**
     * Calls back whenever a {@code migrate} of this JVM, on this Flyway instance or a copy of its configuration, queued a
     * migration. The call comes before {@code migrate} commits, and on its thread: do no more than wake somebody up.
     *
     * @param listener called back
     * @return ends the calls when closed
     */
    public Waker.Watch onEnqueued(Runnable listener) {
        return listeners.add(listener);
    }

    private Stream<Source> objects() {
        return Arrays.stream(configuration.getJavaMigrations())
                .map(HookedJavaMigration::unwrap)
                .filter(migration -> AsyncMarker.isAsync(migration.getClass()))
                .map(migration -> new Source(migration, () -> migration));
    }

    private Stream<Source> scanned() {
        return classes.async().stream().map(this::scanned).flatMap(Optional::stream);
    }

    private Optional<Source> scanned(Class<? extends JavaMigration> type) {
        Supplier<JavaMigration> factory = () -> classes.create(type)
                .orElseThrow(() -> new FlywayException("Async migration " + type.getName() + " cannot be created"));
        try {
            return classes.create(type).map(migration -> new Source(migration, factory));
        } catch (FlywayException e) {
            return byName(type, factory, e);
        }
    }

    /** Lists a class whose constructor fails, so that the failure is recorded with the entry it belongs to. */
    private static Optional<Source> byName(
            Class<? extends JavaMigration> type, Supplier<JavaMigration> factory, FlywayException failure) {
        try {
            var name = FlywayInternals.parse(type.getSimpleName());
            return Optional.of(new Source(type, name.version(), name.description(), factory));
        } catch (FlywayException unknownName) {
            failure.addSuppressed(unknownName);
            LOG.log(Level.WARNING, "Skipping async migration " + type.getName(), failure);
            return Optional.empty();
        }
    }

    /** A migration that this node can run. */
    public static final class Source {

        private final Class<? extends JavaMigration> type;
        private final @Nullable MigrationVersion version;
        private final String description;
        private final @Nullable Integer checksum;
        private final Supplier<JavaMigration> factory;

        private Source(JavaMigration migration, Supplier<JavaMigration> factory) {
            this.type = migration.getClass();
            this.version = migration.getVersion();
            this.description = FlywayInternals.abbreviate(migration.getDescription());
            this.checksum = migration.getChecksum();
            this.factory = factory;
        }

        private Source(
                Class<? extends JavaMigration> type,
                @Nullable MigrationVersion version,
                String description,
                Supplier<JavaMigration> factory) {
            this.type = type;
            this.version = version;
            this.description = FlywayInternals.abbreviate(description);
            this.checksum = null;
            this.factory = factory;
        }

        /**
         * Returns the version as Flyway's history writes it.
         *
         * @return the version; null for a repeatable migration
         */
        public @Nullable String version() {
            return version == null ? null : version.toString();
        }

        /**
         * Returns the description as Flyway's history writes it.
         *
         * @return the description, of at most 200 characters
         */
        public String description() {
            return description;
        }

        /**
         * Returns the checksum of the migration on this node.
         *
         * @return the checksum; null when it has none or the class cannot be created
         */
        public @Nullable Integer checksum() {
            return checksum;
        }

        /**
         * Returns the name of the migration's class.
         *
         * @return the class name
         */
        public String className() {
            return type.getName();
        }

        /**
         * Returns when and how often the migration runs.
         *
         * @return what its annotation says
         */
        public NewEntry.Terms terms() {
            return AsyncMarker.terms(type);
        }

        /**
         * Returns the migration to run: the object that was given to Flyway, or a new instance of the class at every call.
         *
         * @return the migration
         * @throws FlywayException if the constructor throws
         */
        public JavaMigration create() {
            return factory.get();
        }

        private boolean is(@Nullable MigrationVersion wanted, String wantedDescription) {
            var same = version == null ? wanted == null : wanted != null && version.compareTo(wanted) == 0;
            return same && description.equals(wantedDescription);
        }
    }
}
