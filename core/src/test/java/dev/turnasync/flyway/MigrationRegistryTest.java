package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.AsyncStep;
import dev.turnasync.flyway.fixture.SyncStep;
import dev.turnasync.flyway.fixture.mixed.V2__Backfill_email;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.migration.JavaMigration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a worker finds migrations. */
@Tag("hook")
class MigrationRegistryTest {

    private static final String MIXED = "classpath:dev/turnasync/flyway/fixture/mixed";

    @Test
    void findsScannedClassesByVersionAndDescription() {
        var registry = registry(Flyway.configure().locations(MIXED));

        assertThat(registry.hookInstalled()).isTrue();
        assertThat(registry.all()).extracting(MigrationRegistry.Source::version).containsExactlyInAnyOrder("2", "5");
        assertThat(registry.find("2.0", "Backfill email")).get().satisfies(source -> {
            assertThat(source.className()).isEqualTo(V2__Backfill_email.class.getName());
            assertThat(source.checksum()).isEqualTo(42);
            assertThat(source.terms().maxAttempts()).isNull();
        });
        assertThat(registry.find("2", "Something else")).isEmpty();
        assertThat(registry.find("4", "Add flag")).as("a sync migration").isEmpty();
        assertThat(registry.find(null, "Backfill email")).isEmpty();
    }

    @Test
    void createsAnObjectPerCallFromAClass() {
        var source = registry(Flyway.configure().locations(MIXED))
                .find("2", "Backfill email")
                .orElseThrow();

        assertThat(source.create()).isInstanceOf(V2__Backfill_email.class).isNotSameAs(source.create());
    }

    @Test
    void prefersObjectsAndGivesThemBackAsTheyAre() {
        var object = new V2__Backfill_email();
        var registry = registry(Flyway.configure().locations(MIXED).javaMigrations(object));

        assertThat(registry.find("2", "Backfill email"))
                .get()
                .satisfies(source -> assertThat(source.create()).isSameAs(object));
    }

    @Test
    void findsRepeatableMigrationsByDescription() {
        var registry = registry(Flyway.configure().locations(new String[0]).javaMigrations(AsyncStep.repeatable(7)));

        assertThat(registry.find(null, "refresh totals")).get().satisfies(source -> {
            assertThat(source.version()).isNull();
            assertThat(source.terms().maxAttempts()).isEqualTo(3);
        });
        assertThat(registry.find("1", "refresh totals")).isEmpty();
    }

    @Test
    void worksWithoutTheHook() {
        var configuration = Flyway.configure().locations(MIXED).javaMigrations(AsyncStep.of("6"), SyncStep.of("7"));
        var registry = MigrationRegistry.of(configuration);

        assertThat(registry.hookInstalled()).isFalse();
        assertThat(registry.all())
                .extracting(MigrationRegistry.Source::version)
                .containsExactlyInAnyOrder("6", "2", "5");
    }

    @Test
    void listsAClassWhoseConstructorFailsAndFailsOnUse() {
        var registry = registry(Flyway.configure().locations("classpath:dev/turnasync/flyway/fixture/broken"));

        var source = registry.find("2", "Breaks").orElseThrow();
        assertThatThrownBy(source::create)
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("no license key")
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void looksForClassesOnlyWhenAsked() {
        var calls = new AtomicInteger();
        var registry = registry(Flyway.configure().javaMigrationClassProvider(() -> {
            calls.incrementAndGet();
            return List.<Class<? extends JavaMigration>>of(V2__Backfill_email.class);
        }));

        assertThat(calls).hasValue(0);
        assertThat(registry.all()).hasSize(1);
        assertThat(registry.all()).hasSize(1);
        assertThat(calls).hasValue(1);
    }

    @Test
    void tellsListenersOfEntriesUntilTheyLeave() throws Exception {
        try (var database = TestDatabase.fresh()) {
            var heard = new ArrayList<String>();
            var flyway = Flyways.with(database, AsyncStep.of("1")).load();
            var registry = MigrationRegistry.of(flyway.getConfiguration());
            var failing = registry.onEnqueued(() -> {
                throw new IllegalStateException("a listener's own trouble");
            });
            var listening = registry.onEnqueued(() -> heard.add("queued"));

            flyway.migrate();
            assertThat(heard).hasSize(1);

            listening.close();
            failing.close();
            var copy = Flyway.configure()
                    .configuration(flyway.getConfiguration())
                    .javaMigrations(AsyncStep.of("1"), AsyncStep.of("2"))
                    .load();
            var second = registry.onEnqueued(() -> heard.add("queued by the copy"));
            copy.migrate();
            second.close();
            assertThat(heard).containsExactly("queued", "queued by the copy");
            assertThat(Flyways.queue(database)).containsExactly("1", "2");
        }
    }

    private static MigrationRegistry registry(FluentConfiguration configuration) {
        return MigrationRegistry.of(configuration.load().getConfiguration());
    }
}
