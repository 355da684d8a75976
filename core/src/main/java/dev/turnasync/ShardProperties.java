package dev.turnasync;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** The properties that name shards. Nothing in them is passed over: what is not known is refused, and so is what is said twice. */
final class ShardProperties {

    private static final String SHARDS = "shards";
    private static final String AT_ONCE = "shards.at-once";
    private static final String CANARY = "shards.canary";
    private static final String STOP = "shards.stop-on-first-failure";
    private static final Set<String> GENERAL = Set.of(SHARDS, AT_ONCE, CANARY, STOP);
    private static final List<String> FIELDS = List.of("url", "user", "password", "schema", "table");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");

    private static final Pattern SPACE_AROUND = Pattern.compile("^[ \\t]+|[ \\t]+$");

    private final String place;
    private final Map<String, String> values;
    private final Map<String, String> environment;

    private ShardProperties(String place, Map<String, String> values, Map<String, String> environment) {
        this.place = place;
        this.values = values;
        this.environment = environment;
    }

    static ShardProperties of(Properties properties, Map<String, String> environment) {
        var values = new TreeMap<String, String>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        return new ShardProperties("", values, environment);
    }

    static ShardProperties read(Path file, Map<String, String> environment) {
        var place = file + ": ";
        var values = new TreeMap<String, String>();
        try (var reader = Files.newBufferedReader(file)) {
            new Recorder(place, values).load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the shards in " + file + ": " + e.getMessage(), e);
        }
        return new ShardProperties(place, values, environment);
    }

    /** Notes what is loaded, and refuses a key that is there twice, whose first value would get lost. */
    private static final class Recorder extends Properties {

        private static final long serialVersionUID = 1L;

        private final String place;
        private final transient Map<String, String> values;

        Recorder(String place, Map<String, String> values) {
            this.place = place;
            this.values = values;
        }

        @Override
        public synchronized Object put(Object key, Object value) {
            if (values.putIfAbsent(key.toString(), value.toString()) != null) {
                throw new IllegalArgumentException(
                        place + "the key " + ShardIds.shown(key.toString()) + " is there twice");
            }
            return value;
        }
    }

    void addTo(ShardsBuilder builder, UnaryOperator<FluentConfiguration> more) {
        var ids = ids();
        values.keySet().forEach(key -> requireKnown(key, ids));
        var made = new ConcurrentHashMap<String, Flyway>();
        for (var id : ids) {
            var fields = fields(id);
            builder.add(id, () -> made.computeIfAbsent(id, key -> flyway(fields, more)));
        }
        find(AT_ONCE).ifPresent(text -> builder.atOnce(number(text)));
        find(CANARY).ifPresent(text -> canaries(builder, text, ids));
        find(STOP).filter(this::isTrue).ifPresent(yes -> builder.stopOnFirstFailure());
    }

    private Set<String> ids() {
        var ids = new LinkedHashSet<String>();
        for (var id : words(find(SHARDS).orElse(""), ",")) {
            checked(SHARDS, () -> ShardIds.require(id));
            if (!ids.add(id)) {
                throw refusal(SHARDS, "names the shard " + id + " twice");
            }
        }
        if (ids.isEmpty()) {
            throw refusal(SHARDS, "must name the shards, as in shards = eu-1, eu-2");
        }
        return ids;
    }

    private void requireKnown(String key, Set<String> ids) {
        if (GENERAL.contains(key)) {
            return;
        }
        var dot = key.lastIndexOf('.');
        if (!key.startsWith("shard.") || dot < "shard.".length() || !FIELDS.contains(key.substring(dot + 1))) {
            throw refusal(
                    key,
                    "is not known; known are " + String.join(", ", new TreeSet<>(GENERAL)) + " and shard.<id>. with "
                            + String.join(", ", FIELDS));
        }
        var id = key.substring("shard.".length(), dot);
        if (!id.equals("*") && !ids.contains(id)) {
            checked(key, () -> ShardIds.require(id));
            throw refusal(key, "is of a shard that the key shards does not name");
        }
    }

    private Map<String, String> fields(String id) {
        var fields = new HashMap<String, String>();
        for (var field : FIELDS) {
            var own = "shard." + id + "." + field;
            var key = values.containsKey(own) ? own : "shard.*." + field;
            find(key).ifPresent(text -> fields.put(field, resolved(key, text, id)));
        }
        if (!fields.containsKey("url")) {
            throw refusal("shard." + id + ".url", "is missing, and there is no shard.*.url");
        }
        return fields;
    }

    private String resolved(String key, String text, String id) {
        return REFERENCE
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(reference(key, found.group(1), id)));
    }

    private String reference(String key, String name, String id) {
        if (name.equals("shard")) {
            return id;
        }
        if (!name.startsWith("env:")) {
            throw refusal(key, "refers to ${" + name + "}; known are ${shard} and ${env:NAME}");
        }
        var variable = name.substring("env:".length());
        return Optional.ofNullable(environment.get(variable))
                .orElseThrow(() -> refusal(key, "needs the environment variable " + variable + ", which is not set"));
    }

    private static Flyway flyway(Map<String, String> fields, UnaryOperator<FluentConfiguration> more) {
        var configuration =
                Flyway.configure().dataSource(fields.get("url"), fields.get("user"), fields.get("password"));
        Optional.ofNullable(fields.get("schema")).ifPresent(configuration::defaultSchema);
        Optional.ofNullable(fields.get("table")).ifPresent(configuration::table);
        return more.apply(configuration).load();
    }

    /** Groups are separated by semicolons. */
    private void canaries(ShardsBuilder builder, String text, Set<String> ids) {
        for (var group : words(text, ";")) {
            var patterns = words(group, ",");
            checked(CANARY, () -> ShardIds.chosen(List.copyOf(ids), patterns));
            builder.canary(patterns.toArray(String[]::new));
        }
    }

    private int number(String text) {
        if (!text.matches("[1-9][0-9]{0,5}")) {
            throw refusal(AT_ONCE, "must be a number from 1 on: not " + ShardIds.shown(text));
        }
        return Integer.parseInt(text);
    }

    private boolean isTrue(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw refusal(STOP, "must be true or false: not " + ShardIds.shown(text));
        }
        return text.equals("true");
    }

    private Optional<String> find(String key) {
        return Optional.ofNullable(values.get(key)).map(ShardProperties::trimmed);
    }

    private static List<String> words(String text, String separator) {
        return Arrays.stream(text.split(separator, -1))
                .map(ShardProperties::trimmed)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Takes away no control characters, which must be seen and refused. */
    private static String trimmed(String text) {
        return SPACE_AROUND.matcher(text).replaceAll("");
    }

    private void checked(String key, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(place + ShardIds.shown(key) + ": " + e.getMessage(), e);
        }
    }

    private IllegalArgumentException refusal(String key, String what) {
        return new IllegalArgumentException(place + ShardIds.shown(key) + " " + what);
    }
}
