package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import dev.turnasync.flyway.fixture.injected.V1__Needs_a_service;
import dev.turnasync.flyway.fixture.mixed.V2__Backfill_email;
import dev.turnasync.flyway.fixture.mixed.V4__Add_flag;
import dev.turnasync.flyway.fixture.mixed.V5__Backfill_name;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.ClassicConfiguration;
import org.flywaydb.core.api.configuration.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where async migrations may come from. */
@Tag("hook")
class FindsMigrationsTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void queuesObjects() {
        Flyways.with(database, SyncStep.of("1"), AsyncStep.of("2")).load().migrate();

        assertThat(Flyways.ran(database)).containsExactly("step 1");
        assertThat(Flyways.queue(database)).containsExactly("2");
    }

    @Test
    void queuesAClassOnceThatIsAlsoGivenAsObject() {
        Flyways.scanning(database, "mixed")
                .javaMigrations(new V2__Backfill_email(), new V4__Add_flag(), AsyncStep.of("6"))
                .load()
                .migrate();

        assertThat(Flyways.versions(database)).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(Flyways.queue(database)).containsExactly("2", "5", "6");
    }

    @Test
    void prefersTheObjectToAClassThatOnlyAContainerCanCreate() {
        var bean = new V1__Needs_a_service(() -> "injected");
        var flyway = Flyways.scanning(database, "injected").javaMigrations(bean).load();
        flyway.migrate();

        assertThat(Flyways.queue(database)).containsExactly("1");
        assertThat(MigrationRegistry.of(flyway.getConfiguration()).all())
                .singleElement()
                .satisfies(source -> assertThat(source.create()).isSameAs(bean));
    }

    @Test
    void passesOverAClassThatOnlyAContainerCanCreateAsFlywayDoes() {
        var flyway = Flyways.scanning(database, "injected").load();

        assertThat(flyway.migrate().migrationsExecuted).isZero();
        assertThat(MigrationRegistry.of(flyway.getConfiguration()).all()).isEmpty();
    }

    @Test
    void honorsWildcardLocations() {
        Flyways.scanning(database, "wild/a*").load().migrate();

        assertThat(Flyways.queue(database)).containsExactly("1", "2");
    }

    @Test
    void honorsSeveralOverlappingLocations() {
        Flyways.scanning(database, "wild", "wild/beta").load().migrate();

        assertThat(Flyways.queue(database)).containsExactly("1", "2", "3");
    }

    @Test
    void asksTheUsersClassProvider() {
        Flyways.with(database, SyncStep.of("1"))
                .javaMigrationClassProvider(() -> List.of(V4__Add_flag.class, V5__Backfill_name.class))
                .load()
                .migrate();

        assertThat(Flyways.ran(database)).containsExactly("step 1", "V4");
        assertThat(Flyways.queue(database)).containsExactly("5");
    }

    @Test
    void asksTheUsersClassProviderNoMoreOftenThanFlyway() {
        var calls = new AtomicInteger();
        var configuration = Flyways.with(database).javaMigrationClassProvider(() -> {
            calls.incrementAndGet();
            return List.of(V5__Backfill_name.class);
        });

        var flyway = configuration.load();
        assertThat(calls).as("when Flyway is created").hasValue(0);
        flyway.info();
        var queueing = calls.getAndSet(0);
        Flyways.inline(configuration).load().info();

        assertThat(queueing).isEqualTo(calls.get());
    }

    @Test
    void findsOnlyObjectsWhenDefaultResolversAreSkipped() {
        var flyway = Flyways.scanning(database, "mixed")
                .skipDefaultResolvers(true)
                .javaMigrations(AsyncStep.of("7"))
                .load();
        flyway.migrate();

        assertThat(Flyways.versions(database)).containsExactly("7");
        assertThat(Flyways.queue(database)).containsExactly("7");
        assertThat(MigrationRegistry.of(flyway.getConfiguration()).all()).hasSize(1);
    }

    @Test
    void passesOverWhatCannotBeCreated() {
        Flyways.scanning(database, "odd").load().migrate();

        assertThat(Flyways.queue(database)).containsExactly("1");
        assertThat(Flyways.ran(database)).isEmpty();
    }

    @Test
    void passesOverAClassThatCannotBeLoaded() {
        var classLoader = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.equals(V5__Backfill_name.class.getName())) {
                    throw new NoClassDefFoundError("some/optional/Library");
                }
                return super.loadClass(name, resolve);
            }
        };
        var configuration = new ClassicConfiguration(Flyways.scanning(database, "mixed"));
        configuration.setClassLoader(classLoader);
        new Flyway(configuration).migrate();

        assertThat(Flyways.queue(database)).containsExactly("2");
    }

    @Test
    void startsAfreshOnACopiedConfiguration() {
        var first = Flyways.scanning(database, "mixed")
                .javaMigrations(AsyncStep.of("6"))
                .load();
        first.migrate();
        try (var second = TestDatabase.fresh()) {
            Flyway.configure()
                    .configuration(first.getConfiguration())
                    .dataSource(second.dataSource())
                    .locations("classpath:dev/turnasync/flyway/fixture/wild/beta")
                    .javaMigrations(AsyncStep.of("8"))
                    .load()
                    .migrate();

            assertThat(Flyways.queue(second)).containsExactly("3", "8");
        }
    }

    @Test
    void keepsTheObjectsOfACopiedConfiguration() {
        var first = Flyways.with(database, AsyncStep.of("6")).load();
        try (var second = TestDatabase.fresh()) {
            Flyway.configure()
                    .configuration(first.getConfiguration())
                    .dataSource(second.dataSource())
                    .load()
                    .migrate();

            assertThat(Flyways.queue(second)).containsExactly("6");
        }
    }

    @Test
    void installsOnceHoweverOftenItIsCalled() {
        var configuration = Flyways.with(database, AsyncStep.of("1"));
        FlywayHook.install(configuration);
        FlywayHook.install(configuration);
        assertThat(resolvers(configuration)).isEqualTo(1);

        var flyway = configuration.load();
        assertThat(resolvers(flyway.getConfiguration())).isEqualTo(1);
        flyway.migrate();

        assertThat(Flyways.queue(database)).containsExactly("1");
    }

    @Test
    void goesBackToInlineOnACopiedConfiguration() {
        var queueing =
                Flyways.with(database, AsyncStep.of("1"), SyncStep.of("2")).load();
        var copy = Flyway.configure().configuration(queueing.getConfiguration());
        Flyways.inline(copy).load().migrate();

        assertThat(Flyways.ran(database)).containsExactly("step 1", "step 2");
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations");
    }

    @Test
    void refusesAnObjectThatWasAddedBehindTheHook() {
        var flyway = Flyways.with(database, SyncStep.of("1")).load();
        var live = (ClassicConfiguration) flyway.getConfiguration();
        live.setJavaMigrations(AsyncStep.of("1"));

        assertThatThrownBy(flyway::migrate)
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining(AsyncStep.class.getName())
                .hasMessageContaining("Call install last");
    }

    private static long resolvers(Configuration configuration) {
        return Arrays.stream(configuration.getResolvers())
                .filter(AsyncMigrationResolver.class::isInstance)
                .count();
    }
}
