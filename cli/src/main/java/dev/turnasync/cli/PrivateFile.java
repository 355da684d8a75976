package dev.turnasync.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Properties;
import java.util.stream.Stream;

/** A file with a password in it, which only its owner should be able to read. */
final class PrivateFile {

    private static final String REFERENCES = "\\$\\{[^}]*}";

    private PrivateFile() {}

    /** Warns when others than its owner may read a file. */
    static void warn(Path file, Surroundings surroundings) {
        if (isOpen(file)) {
            new Screen(surroundings.err(), false, surroundings.secrets()::hide)
                    .line("WARNING " + file + " has a password and is readable by others; `chmod 600` it");
        }
    }

    /** Tells whether a file of shards has a password itself, and not only the name of a variable with one. */
    static boolean hasPassword(Path shards) {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(shards)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            return false; // told by whoever needs what is in it
        }
        return properties.stringPropertyNames().stream().anyMatch(key -> isPassword(key, properties.getProperty(key)));
    }

    private static boolean isPassword(String key, String value) {
        if (key.endsWith(".password")) {
            return !value.replaceAll(REFERENCES, "").isBlank();
        }
        return key.endsWith(".url") && Login.hasPassword(value.replaceAll("(?i)password=" + REFERENCES, ""));
    }

    /** False where the file system cannot tell. */
    private static boolean isOpen(Path file) {
        try {
            var permissions = Files.getPosixFilePermissions(file);
            return Stream.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ)
                    .anyMatch(permissions::contains);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
