package dev.turnasync.chaos;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a runner process is told, as {@code key=value} arguments. Immutable. */
record RunnerOptions(Map<String, String> values) {

    /** A fleet's usual options: a lease of a second, so that a run is short. */
    static RunnerOptions of(String kind) {
        return new RunnerOptions(Map.of("kind", kind, "workload", "batches"))
                .with("lease", 1_000)
                .with("watch", 150)
                .with("migrations", 40)
                .with("pause", 5);
    }

    static RunnerOptions parse(String... arguments) {
        return new RunnerOptions(Arrays.stream(arguments)
                .map(argument -> argument.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1])));
    }

    RunnerOptions with(String key, Object value) {
        var all = new TreeMap<>(values);
        all.put(key, value.toString());
        return new RunnerOptions(all);
    }

    String text(String key) {
        return values.get(key);
    }

    /** The user as whom its workers connect. */
    String user() {
        return values.getOrDefault("user", Database.SUPERUSER);
    }

    /** How many of the migrations are queued from the start; all, unless it is said. */
    String queued() {
        return values.getOrDefault("queued", text("migrations"));
    }

    int number(String key) {
        return Integer.parseInt(values.get(key));
    }

    boolean is(String key) {
        return Boolean.parseBoolean(values.get(key));
    }

    /** Whether lease, watcher and poll are as TurnAsync and the schedulers have them by default. */
    boolean defaults() {
        return is("defaults");
    }

    String[] arguments() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toArray(String[]::new);
    }
}
