package dev.turnasync.cli;

import dev.turnasync.Shards;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds out which shards are meant, and which keys in each of them. */
final class ShardChoice {

    private static final String HOW =
            "choose the shards: --shard ID, many times or with a pattern such as 'eu-*', or --all-shards";

    private final Shards shards;
    private final Map<String, List<String>> keys = new LinkedHashMap<>();

    private ShardChoice(Shards shards) {
        this.shards = shards;
    }

    /** Whether a key is written with a shard before it. A version has no slash; what a repeatable migration does may have one. */
    static boolean namesAShard(String key) {
        return key.indexOf('/') > 0 && !key.startsWith("R__");
    }

    /**
     * Chooses.
     *
     * @return shard to keys, which are none for what is not about an entry; in the order of the shards
     * @throws CliException if nothing chooses, or an id or a pattern means no shard
     */
    static Map<String, List<String>> of(Shards shards, ShardOptions options, List<String> keys) {
        try {
            var choice = new ShardChoice(shards);
            if (options.areNamed()) {
                choice.byOptions(options, keys);
            } else {
                choice.byKeys(keys);
            }
            return choice.inOrder();
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    private void byOptions(ShardOptions options, List<String> wanted) {
        for (var key : wanted) {
            if (shards.ids().contains(key.substring(0, Math.max(0, key.indexOf('/'))))) {
                throw CliException.usage(
                        "the key " + key + " names a shard, and an option does, too; give one of them");
            }
        }
        var chosen = options.all ? shards : shards.only(options.ids.toArray(String[]::new));
        chosen.ids().forEach(id -> keys.put(id, wanted));
    }

    private void byKeys(List<String> wanted) {
        if (wanted.isEmpty()) {
            throw CliException.usage(HOW);
        }
        for (var key : wanted) {
            var slash = key.indexOf('/');
            if (slash < 0) {
                throw CliException.usage(HOW + "; or write the key as in eu-1/7");
            }
            if (key.substring(slash + 1).isBlank()) {
                throw CliException.usage("a key in a shard is written as eu-1/7; the version is missing in " + key);
            }
            for (var id : shards.only(key.substring(0, slash)).ids()) {
                keys.computeIfAbsent(id, one -> new ArrayList<>()).add(key.substring(slash + 1));
            }
        }
    }

    private Map<String, List<String>> inOrder() {
        var sorted = new LinkedHashMap<String, List<String>>();
        for (var id : shards.ids()) {
            var its = keys.get(id);
            if (its != null) {
                sorted.put(id, List.copyOf(its));
            }
        }
        return sorted;
    }
}
