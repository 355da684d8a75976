package dev.turnasync;

/**
 * Names a migration in a shard, as {@code eu-1/7}.
 *
 * @param shard the shard's id
 * @param key a version, or {@code R__} and the description
 */
public record ShardKey(String shard, String key) {

    /**
     * Checks both parts.
     *
     * @throws IllegalArgumentException if the shard's id is none, or the key is blank
     */
    public ShardKey {
        ShardIds.require(shard);
        if (key.isBlank()) {
            throw new IllegalArgumentException(
                    "a migration in a shard is written shard/version, as in eu-1/7: the version" + " is missing behind "
                            + shard);
        }
    }

    /**
     * Reads a key.
     *
     * @param text a shard's id, {@code /} and a version, or {@code R__} and the description
     * @return the key
     * @throws IllegalArgumentException if it has no {@code /}, or one part is none
     */
    public static ShardKey parse(String text) {
        var slash = slash(text);
        return new ShardKey(text.substring(0, slash), text.substring(slash + 1));
    }

    /** Ids have no slash, descriptions may: the first one counts. */
    static int slash(String text) {
        var slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(
                    "a migration in a shard is written shard/version, as in eu-1/7: not " + ShardIds.shown(text));
        }
        return slash;
    }

    /** Writes the key as {@code eu-1/7}. */
    @Override
    public String toString() {
        return shard + "/" + key;
    }
}
