package dev.turnasync.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.flywaydb.core.Flyway;

/** A jar with one async migration, compiled on the spot, as a team's build would make it. */
record MigrationJar(Path path) {

    private static final String FOLDER = "db/migration/";

    /** Compiles a migration that runs one statement. */
    static MigrationJar of(Path folder, String className, String sql) {
        try {
            var classes = Files.createDirectories(folder.resolve("classes"));
            compile(classes, className, sql);
            return new MigrationJar(pack(folder.resolve("app.jar"), classes, className));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What an application with this jar does when it is deployed. */
    void migrate(Shop shop) {
        try (var loader = new URLClassLoader(new URL[] {path.toUri().toURL()}, MigrationJar.class.getClassLoader())) {
            Flyway.configure(loader)
                    .dataSource(shop.database().dataSource())
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compile(Path classes, String className, String sql) {
        var source = """
                package db.migration;

                @dev.turnasync.api.Async
                public final class %s extends org.flywaydb.core.api.migration.BaseJavaMigration {
                    @Override
                    public void migrate(org.flywaydb.core.api.migration.Context context) throws Exception {
                        try (var statement = context.getConnection().createStatement()) {
                            statement.execute("%s");
                        }
                    }
                }
                """.formatted(className, sql);
        var file =
                new SimpleJavaFileObject(URI.create("memory:///" + className + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        var options = List.of("-proc:none", "-d", classes.toString(), "-cp", Processes.classPath());
        if (!ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, null, options, null, List.of(file))
                .call()) {
            throw new IllegalStateException("cannot compile " + source);
        }
    }

    private static Path pack(Path jar, Path classes, String className) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var folder : List.of("db/", FOLDER)) {
                out.putNextEntry(new JarEntry(folder));
                out.closeEntry();
            }
            out.putNextEntry(new JarEntry(FOLDER + className + ".class"));
            Files.copy(classes.resolve(FOLDER + className + ".class"), out);
            out.closeEntry();
        }
        return jar;
    }
}
