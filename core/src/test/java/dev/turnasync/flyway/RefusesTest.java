package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.Async;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.broken.V2__Breaks;
import dev.turnasync.flyway.fixture.foreign.V1__Wrong_import;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@code migrate} refuses before it does anything. */
@Tag("hook")
class RefusesTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void refusesAnAsyncAnnotationOfAnotherFramework() {
        assertThatThrownBy(() -> Flyways.scanning(database, "foreign").load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining(V1__Wrong_import.class.getName())
                .hasMessageContaining("@dev.turnasync.flyway.fixture.other.Async")
                .hasMessageContaining("import dev.turnasync.api.Async;");
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations", "ran");
    }

    @Test
    void refusesItOnASuperclassOfAnObject() {
        assertThatThrownBy(
                        () -> Flyways.with(database, new V1__Inherits()).load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("V1__Inherits")
                .hasMessageContaining("import dev.turnasync.api.Async;");
    }

    @Test
    void refusesItOnTheMethod() {
        assertThatThrownBy(
                        () -> Flyways.with(database, new V1__On_method()).load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("V1__On_method");
    }

    @Test
    void refusesAnAsyncBaseline() {
        assertThatThrownBy(() -> Flyways.scanning(database, "based").load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("B2__Baseline")
                .hasMessageContaining("Remove @Async");
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations");
    }

    @Test
    void refusesANegativeLimitOfAttempts() {
        assertThatThrownBy(
                        () -> Flyways.with(database, new V1__Negative()).load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining("maxAttempts must be at least 1");
    }

    @Test
    void queuesNothingWhenAConstructorFails() {
        assertThatThrownBy(() -> Flyways.scanning(database, "broken").load().migrate())
                .isInstanceOf(FlywayException.class)
                .hasMessageContaining(V2__Breaks.class.getName())
                .hasMessageContaining("no license key");
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations");
    }

    /** Bears the wrong annotation. */
    @dev.turnasync.flyway.fixture.other.Async
    abstract static class Parent extends BaseJavaMigration {
        @Override
        public void migrate(Context context) {
            throw new AssertionError("not to be run");
        }
    }

    /** Inherits it. */
    static final class V1__Inherits extends Parent {}

    /** Bears it where Spring allows it, too. */
    static final class V1__On_method extends BaseJavaMigration {
        @Override
        @dev.turnasync.flyway.fixture.other.Async
        public void migrate(Context context) {
            throw new AssertionError("not to be run");
        }
    }

    /** Has a limit that makes no sense. */
    @Async(maxAttempts = -1)
    static final class V1__Negative extends BaseJavaMigration {
        @Override
        public void migrate(Context context) {
            throw new AssertionError("not to be run");
        }
    }
}
