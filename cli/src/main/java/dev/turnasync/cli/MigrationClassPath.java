package dev.turnasync.cli;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;

/** Loads migration classes from the files that the person named. */
final class MigrationClassPath {

    private MigrationClassPath() {}

    /**
     * Opens the files.
     *
     * @throws CliException if one of them is not a jar or a directory of classes
     */
    static URLClassLoader open(List<Path> files) {
        var urls = files.stream().map(MigrationClassPath::url).toArray(URL[]::new);
        return new URLClassLoader("migrations", urls, MigrationClassPath.class.getClassLoader());
    }

    private static URL url(Path file) {
        if (!Files.isReadable(file)) {
            throw CliException.usage("cannot read --jar " + file);
        }
        if (!Files.isDirectory(file)) {
            requireJar(file);
        }
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw CliException.usage("cannot read --jar " + file + ": " + e.getMessage());
        }
    }

    private static void requireJar(Path file) {
        try (var jar = new ZipFile(file.toFile())) {
            if (jar.getEntry("BOOT-INF/classes/") != null) {
                throw CliException.usage("--jar " + file + " is an executable jar of Spring Boot, whose classes lie"
                        + " deeper; give the plain jar, or unpack it and give --jar …/BOOT-INF/classes");
            }
        } catch (IOException e) {
            throw CliException.usage("--jar " + file + " is not a jar: " + e.getMessage());
        }
    }
}
