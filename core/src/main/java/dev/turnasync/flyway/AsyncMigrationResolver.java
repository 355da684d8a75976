package dev.turnasync.flyway;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.resolver.MigrationResolver;
import org.flywaydb.core.api.resolver.ResolvedMigration;

/** Gives the hidden classes back to Flyway, with an executor that queues or checks first. Its presence marks a hooked configuration. */
record AsyncMigrationResolver(MigrationClasses classes, EnqueueListeners listeners) implements MigrationResolver {

    /** Finds the resolver of a hooked configuration. */
    static Optional<AsyncMigrationResolver> in(Configuration configuration) {
        return Arrays.stream(configuration.getResolvers())
                .filter(AsyncMigrationResolver.class::isInstance)
                .map(AsyncMigrationResolver.class::cast)
                .findFirst();
    }

    @Override
    public Collection<ResolvedMigration> resolveMigrations(Context context) {
        Arrays.stream(context.configuration.getJavaMigrations()).forEach(AsyncMigrationResolver::check);
        return Stream.concat(classes.async().stream(), classes.requiring().stream())
                .map(classes::create)
                .flatMap(Optional::stream)
                .map(migration ->
                        HookedJavaMigration.resolve(migration, context.configuration, context.statementInterceptor))
                .toList();
    }

    private static void check(JavaMigration object) {
        var source = HookedJavaMigration.unwrap(object);
        AsyncMarker.check(source.getClass());
        if (source == object && HookedJavaMigration.isOfInterest(source.getClass())) {
            throw new FlywayException("Async migration " + source.getClass().getName()
                    + " was added to the configuration after FlywayHook.install(..). Call install last.");
        }
    }
}
