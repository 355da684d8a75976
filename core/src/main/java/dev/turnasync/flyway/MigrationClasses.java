package dev.turnasync.flyway;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.flywaydb.core.api.ClassProvider;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.Location;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/**
 * The migration classes of a configuration, told apart. They come from the user's class provider or, as Flyway does it
 * without one, from the locations on the class path. Scans when asked and not before, so that settings made after the hook
 * are honored. Safe for use by many threads.
 */
final class MigrationClasses {

    private static final Logger LOG = System.getLogger(MigrationClasses.class.getName());
    private static final Split NONE = new Split(List.of(), List.of(), List.of());

    private final Configuration configuration;
    private final @Nullable ClassProvider<JavaMigration> provider;
    private volatile @Nullable Split last;

    MigrationClasses(Configuration configuration, @Nullable ClassProvider<JavaMigration> provider) {
        this.configuration = configuration;
        this.provider = provider;
    }

    /** Classes for Flyway, classes for the queue, and classes that run in {@code migrate} after a check. */
    record Split(
            List<Class<? extends JavaMigration>> sync,
            List<Class<? extends JavaMigration>> async,
            List<Class<? extends JavaMigration>> requiring) {}

    /** Returns the user's class provider; null when there is none. */
    @Nullable
    ClassProvider<JavaMigration> provider() {
        return provider;
    }

    /** Looks afresh, as Flyway does once per command. */
    Split scan() {
        var found = provider == null ? onClassPath() : List.copyOf(provider.getClasses());
        var sync = new ArrayList<Class<? extends JavaMigration>>();
        var async = new ArrayList<Class<? extends JavaMigration>>();
        var requiring = new ArrayList<Class<? extends JavaMigration>>();
        found.forEach(
                type -> (AsyncMarker.isAsync(type) ? async : Requirement.isOn(type) ? requiring : sync).add(type));
        var split = new Split(List.copyOf(sync), List.copyOf(async), List.copyOf(requiring));
        last = split;
        return split;
    }

    /** Returns the async classes of the last look, or looks. */
    List<Class<? extends JavaMigration>> async() {
        return lastSplit().async();
    }

    /** Returns the sync classes of the last look that require async ones, or looks. */
    List<Class<? extends JavaMigration>> requiring() {
        return lastSplit().requiring();
    }

    private Split lastSplit() {
        if (configuration.isSkipDefaultResolvers()) {
            return NONE;
        }
        var split = last;
        return split == null ? scan() : split;
    }

    /**
     * Creates a migration.
     *
     * @return empty when Flyway would pass over the class with a warning, for it has no constructor to call
     * @throws FlywayException if the constructor throws
     */
    Optional<JavaMigration> create(Class<? extends JavaMigration> type) {
        try {
            return Optional.of(instantiate(type.getName(), configuration.getClassLoader()));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            if (provider != null) {
                throw failure(type.getName(), e);
            }
            if (!isGivenAsObject(type)) {
                LOG.log(
                        Level.WARNING,
                        "Skipping migration {0}: it has no public constructor without parameters,"
                                + " and no object of it was given to Flyway",
                        type.getName());
            }
            return Optional.empty();
        } catch (InvocationTargetException e) {
            throw failure(type.getName(), Objects.requireNonNullElse(e.getCause(), e));
        } catch (ReflectiveOperationException | LinkageError e) {
            throw failure(type.getName(), e);
        }
    }

    private static JavaMigration instantiate(String name, ClassLoader classLoader) throws ReflectiveOperationException {
        return Class.forName(name, true, classLoader)
                .asSubclass(JavaMigration.class)
                .getDeclaredConstructor()
                .newInstance();
    }

    private static FlywayException failure(String className, Throwable cause) {
        return new FlywayException("Unable to create migration " + className + ": " + cause, cause);
    }

    private boolean isGivenAsObject(Class<?> type) {
        return Arrays.stream(configuration.getJavaMigrations())
                .map(HookedJavaMigration::unwrap)
                .anyMatch(type::isInstance);
    }

    private Collection<Class<? extends JavaMigration>> onClassPath() {
        var classes = new LinkedHashSet<Class<? extends JavaMigration>>();
        Arrays.stream(configuration.getLocations())
                .filter(Location::isClassPath)
                .flatMap(location -> FlywayInternals.classNames(configuration, location).stream())
                .map(this::load)
                .filter(Objects::nonNull)
                .forEach(classes::add);
        return classes;
    }

    /** Loads a class; null when it is none of Flyway's business or Flyway would pass over it with a warning. */
    private @Nullable Class<? extends JavaMigration> load(String name) {
        try {
            var type = configuration.getClassLoader().loadClass(name);
            if (!isConcreteMigration(type)) {
                return null;
            }
            return HookedJavaMigration.isOfInterest(type)
                    ? type.asSubclass(JavaMigration.class)
                    : FlywayInternals.loadMigration(name, configuration.getClassLoader());
        } catch (Exception | LinkageError e) {
            // Flyway's own scanner, which runs unless there is a resource provider, has warned already.
            var level = configuration.getResourceProvider() == null ? Level.DEBUG : Level.WARNING;
            LOG.log(level, "Skipping class " + name, e);
            return null;
        }
    }

    private static boolean isConcreteMigration(Class<?> type) {
        return JavaMigration.class.isAssignableFrom(type)
                && !Modifier.isAbstract(type.getModifiers())
                && !type.isEnum()
                && !type.isAnonymousClass();
    }
}
