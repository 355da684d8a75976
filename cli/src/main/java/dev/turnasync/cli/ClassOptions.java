package dev.turnasync.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that say where the migration classes are. */
final class ClassOptions {

    private static final String DEFAULT_LOCATION = "classpath:db/migration";

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = {
                "A jar, or a directory of classes, with migrations or what they need. May be given many times. Default:"
                        + " jar of turnasync.properties. Without any nothing is said about classes."
            })
    List<Path> jars = List.of();

    @Option(
            names = "--location",
            paramLabel = "LOCATION",
            description = "Where the migrations are in it, as in Flyway. May be given many times. Default: "
                    + DEFAULT_LOCATION + ".")
    List<String> locations = List.of();

    /** Whether the person said where classes are: in jars, or at a location of the class path that started us. */
    boolean given() {
        return !jars.isEmpty() || !locations.isEmpty();
    }

    /** Flyway's locations; none without classes, so that nothing is looked for. */
    List<String> effectiveLocations() {
        if (!given()) {
            return List.of();
        }
        return locations.isEmpty() ? List.of(DEFAULT_LOCATION) : locations;
    }

    /**
     * Completes the flags with a configuration file. Flyway's locations count only beside jars, and only those of the class path:
     * the others hold no classes.
     */
    ClassOptions or(ConfigFile file) {
        var both = new ClassOptions();
        both.jars = jars.isEmpty() ? file.jars() : jars;
        var own =
                file.jars().isEmpty() && both.jars.isEmpty() && isFlyways(file) ? List.<String>of() : file.locations();
        both.locations = locations.isEmpty()
                ? own.stream().filter(ClassOptions::isOnClassPath).toList()
                : locations;
        return both;
    }

    private static boolean isFlyways(ConfigFile file) {
        return file.file() != null && !file.file().toString().endsWith(".properties");
    }

    private static boolean isOnClassPath(String location) {
        return location.startsWith("classpath:") || location.indexOf(':') < 0;
    }

    List<String> repeated() {
        var words = new ArrayList<String>();
        jars.forEach(jar -> words.addAll(List.of("--jar", jar.toString())));
        locations.forEach(location -> words.addAll(List.of("--location", location)));
        return words;
    }
}
