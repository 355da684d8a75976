package dev.turnasync.flyway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.database.TestDatabase;
import dev.turnasync.flyway.fixture.extended.V1__Extended;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.Callable;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.ClassicConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The base class that is async by itself. */
@Tag("hook")
class AsyncJavaMigrationTest {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void isQueuedByThePlugin() {
        var flyway = Flyways.scanning(database, "extended").load();
        flyway.migrate();

        assertThat(Flyways.queue(database)).containsExactly("1");
        assertThat(Flyways.ran(database)).isEmpty();
        assertThat(MigrationRegistry.of(flyway.getConfiguration()).find("1", "Extended"))
                .isPresent();
    }

    @Test
    void isQueuedWithoutTheHook() {
        var flyway = Flyways.scanning(database, "extended").load();
        var live = (ClassicConfiguration) flyway.getConfiguration();
        live.setJavaMigrationClassProvider(null);
        live.setResolvers();
        flyway.migrate();

        assertThat(Flyways.queue(database)).containsExactly("1");
        assertThat(Flyways.ran(database)).isEmpty();
        assertThat(MigrationRegistry.of(flyway.getConfiguration()).hookInstalled())
                .isFalse();
    }

    @Test
    void isQueuedWhereFlywayDoesNotSeeThePlugin() throws Exception {
        try (var classLoader = new PluginlessClassLoader()) {
            var migrate = classLoader
                    .loadClass(PluginlessMigrate.class.getName())
                    .getDeclaredConstructor(String.class)
                    .newInstance(database.url());

            assertThat(((Callable<?>) migrate).call())
                    .as("resolvers on the configuration")
                    .isEqualTo(0);
        }

        assertThat(Flyways.queue(database)).containsExactly("1");
        assertThat(Flyways.ran(database)).isEmpty();
    }

    @Test
    void runsInlineWhenAskedTo() {
        Flyways.inline(Flyways.scanning(database, "extended")).load().migrate();

        assertThat(Flyways.ran(database)).containsExactly("V1");
        assertThat(Flyways.tables(database)).doesNotContain("async_schema_migrations");
    }

    @Test
    void runsOnAnyContextOfFlyway() throws Exception {
        try (var connection = database.dataSource().getConnection()) {
            new V1__Extended().migrate(new PlainContext(Flyway.configure(), connection));
        }

        assertThat(Flyways.ran(database)).containsExactly("V1");
    }

    /** Runs in a class loader of its own, in which Flyway finds no TurnAsync plugin. */
    public static final class PluginlessMigrate implements Callable<Integer> {

        private final String url;

        /** Takes the database. */
        public PluginlessMigrate(String url) {
            this.url = url;
        }

        @Override
        public Integer call() {
            var flyway = Flyway.configure(getClass().getClassLoader())
                    .dataSource(url, "postgres", "")
                    .locations("classpath:dev/turnasync/flyway/fixture/extended")
                    .load();
            flyway.migrate();
            return flyway.getConfiguration().getResolvers().length;
        }
    }

    /** Loads all classes anew and hides TurnAsync's services, as with a jar in {@code jarDirs} of the command line. */
    private static final class PluginlessClassLoader extends URLClassLoader {

        PluginlessClassLoader() {
            super(classPath(), ClassLoader.getPlatformClassLoader());
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            if (!name.equals("META-INF/services/org.flywaydb.core.extensibility.Plugin")) {
                return super.getResources(name);
            }
            var others = Collections.list(super.getResources(name)).stream()
                    .filter(url -> url.toString().contains("org/flywaydb"))
                    .toList();
            assertThat(others).isNotEmpty();
            return Collections.enumeration(others);
        }

        private static URL[] classPath() {
            return Arrays.stream(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                            .split(File.pathSeparator))
                    .map(PluginlessClassLoader::url)
                    .toArray(URL[]::new);
        }

        private static URL url(String path) {
            try {
                return Path.of(path).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(path, e);
            }
        }
    }
}
