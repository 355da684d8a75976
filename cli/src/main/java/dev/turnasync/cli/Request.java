package dev.turnasync.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command needs to reach its queues.
 *
 * @param classes where the migration classes are; null for a command that has no use for them
 * @param keys the entries that it is about, each perhaps with a shard before it
 * @param manner how it treats the database
 */
record Request(@Nullable ClassOptions classes, List<String> keys, Manner manner) {

    /** How a command treats the database. */
    enum Manner {
        /** Reads; a database that falls silent is given up. */
        LOOK(60),
        /** Changes entries, which may wait for a lock. */
        CHANGE(0),
        /** Runs migrations and tells of it; the canaries among shards go first. */
        DRAIN(0);

        private final int longestAnswer;

        Manner(int longestAnswer) {
            this.longestAnswer = longestAnswer;
        }

        /** For how many seconds an answer may be awaited; 0 for as long as it takes. */
        int longestAnswer() {
            return longestAnswer;
        }
    }

    static Request look(String... keys) {
        return new Request(null, List.of(keys), Manner.LOOK);
    }

    /** The class options to work with, completed with the configuration file. */
    ClassOptions found(CommonOptions common) {
        return classes == null ? new ClassOptions() : common.found(classes);
    }
}
