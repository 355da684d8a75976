package dev.turnasync.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file says; null or empty where it says nothing.
 *
 * @param file the file; null when there is none
 * @param login where the database is and who logs in
 * @param schema the schema of Flyway's history
 * @param table Flyway's history table
 * @param jars the jars of the migration classes
 * @param locations where the migrations are in them
 * @param shards the file that names shards
 */
record ConfigFile(
        @Nullable Path file,
        Account login,
        @Nullable String schema,
        @Nullable String table,
        List<Path> jars,
        List<String> locations,
        @Nullable Path shards) {

    /** No file. */
    static final ConfigFile NONE =
            new ConfigFile(null, new Account(null, null, null), null, null, List.of(), List.of(), null);

    /**
     * A login.
     *
     * @param url the JDBC URL
     * @param user the user
     * @param password the password
     */
    record Account(
            @Nullable String url,
            @Nullable String user,
            @Nullable String password) {

        /** Never tells the password. */
        @Override
        public String toString() {
            return "Account of " + user;
        }
    }
}
