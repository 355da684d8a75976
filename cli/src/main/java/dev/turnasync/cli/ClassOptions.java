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
                "A jar, or a directory of classes, with migrations or what they need. May be given many times.",
                "Without it nothing is said about classes."
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

    List<String> repeated() {
        var words = new ArrayList<String>();
        jars.forEach(jar -> words.addAll(List.of("--jar", jar.toString())));
        locations.forEach(location -> words.addAll(List.of("--location", location)));
        return words;
    }
}
