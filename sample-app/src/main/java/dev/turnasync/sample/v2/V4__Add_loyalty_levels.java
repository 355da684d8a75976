package dev.turnasync.sample.v2;

import java.util.List;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** A Java migration as Flyway knows it: not async, so {@code migrate} runs it, while V3 still waits in the queue. */
public final class V4__Add_loyalty_levels extends BaseJavaMigration {

    private static final List<String> LEVELS = List.of("Bronze", "Silver", "Gold");

    /** Called by Flyway. */
    public V4__Add_loyalty_levels() {}

    @Override
    public void migrate(Context context) throws Exception {
        var connection = context.getConnection();
        try (var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE loyalty_levels (position INT PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
        }
        try (var statement = connection.prepareStatement("INSERT INTO loyalty_levels (position, name) VALUES (?, ?)")) {
            for (var name : LEVELS) {
                statement.setInt(1, LEVELS.indexOf(name) + 1);
                statement.setString(2, name);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }
}
