package dev.turnasync.cli;

import dev.turnasync.fixture.Jvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** A jar with migrations, compiled on the spot, as a team's build would make it. */
record MigrationJar(Path path) {

    private static final String FOLDER = "db/migration/";

    /** Compiles an async migration that runs one statement. */
    static MigrationJar of(Path folder, String className, String sql) {
        return of(folder, "app.jar", List.of(Source.async(className, sql)));
    }

    /** Compiles migrations. */
    static MigrationJar of(Path folder, String file, List<Source> sources) {
        try {
            var classes = Files.createDirectories(folder.resolve("classes"));
            compile(classes, sources);
            return new MigrationJar(pack(folder.resolve(file), classes, sources));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What an application with this jar does when it is deployed. */
    void migrate(Shop shop) {
        with(shop, configuration -> configuration.load().migrate());
    }

    /** Does something with a Flyway that knows this jar. */
    void with(Shop shop, Consumer<FluentConfiguration> action) {
        try (var loader = new URLClassLoader(new URL[] {path.toUri().toURL()}, MigrationJar.class.getClassLoader())) {
            action.accept(Flyway.configure(loader)
                    .dataSource(shop.database().dataSource())
                    .locations("classpath:db/migration"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compile(Path classes, List<Source> sources) {
        var options = List.of("-proc:none", "-d", classes.toString(), "-cp", Jvm.classPath());
        var files = sources.stream().map(MigrationJar::file).toList();
        if (!ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, null, options, null, files)
                .call()) {
            throw new IllegalStateException("cannot compile " + sources);
        }
    }

    private static JavaFileObject file(Source source) {
        return new SimpleJavaFileObject(
                URI.create("memory:///" + source.className() + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source.text();
            }
        };
    }

    private static Path pack(Path jar, Path classes, List<Source> sources) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var folder : List.of("db/", FOLDER)) {
                out.putNextEntry(new JarEntry(folder));
                out.closeEntry();
            }
            for (var source : sources) {
                var file = FOLDER + source.className() + ".class";
                out.putNextEntry(new JarEntry(file));
                Files.copy(classes.resolve(file), out);
                out.closeEntry();
            }
        }
        return jar;
    }

    /**
     * A migration that runs one statement.
     *
     * @param className its name
     * @param annotation what stands before the class
     * @param transactional whether it runs in a transaction
     * @param up the statement
     * @param down the statement that takes it back; empty when nothing does
     */
    record Source(String className, String annotation, boolean transactional, String up, String down) {

        private static final String ASYNC = "@dev.turnasync.api.Async";

        static Source sync(String className, String sql) {
            return new Source(className, "", true, sql, "");
        }

        static Source async(String className, String sql) {
            return new Source(className, ASYNC, true, sql, "");
        }

        Source held() {
            return new Source(className, ASYNC + "(hold = true)", transactional, up, down);
        }

        Source outsideTransactions() {
            return new Source(className, annotation, false, up, down);
        }

        Source undoneBy(String sql) {
            return new Source(className, annotation, transactional, up, sql);
        }

        String text() {
            return """
                    package db.migration;

                    %s
                    public final class %s extends org.flywaydb.core.api.migration.BaseJavaMigration %s {
                        @Override
                        public boolean canExecuteInTransaction() {
                            return %s;
                        }

                        @Override
                        public void migrate(org.flywaydb.core.api.migration.Context context) throws Exception {
                            run(context, "%s");
                        }

                        %s

                        private static void run(org.flywaydb.core.api.migration.Context context, String sql) throws Exception {
                            try (var statement = context.getConnection().createStatement()) {
                                statement.execute(sql);
                            }
                        }
                    }
                    """.formatted(
                            annotation,
                            className,
                            down.isEmpty() ? "" : "implements dev.turnasync.flyway.Undoable",
                            transactional,
                            up,
                            undo());
        }

        private String undo() {
            return down.isEmpty() ? "" : """
                    @Override
                    public void undo(dev.turnasync.resumable.AsyncContext context) throws Exception {
                        run(context, "%s");
                    }
                    """.formatted(down);
        }
    }
}
