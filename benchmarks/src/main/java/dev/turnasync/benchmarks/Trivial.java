package dev.turnasync.benchmarks;

import dev.turnasync.api.Async;
import java.util.stream.IntStream;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** A migration that writes one row. */
@Async
final class Trivial implements JavaMigration {

    private final int number;

    private Trivial(int number) {
        this.number = number;
    }

    static JavaMigration[] some(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(Trivial::new).toArray(JavaMigration[]::new);
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion(Integer.toString(number));
    }

    @Override
    public String getDescription() {
        return "trivial";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) throws Exception {
        try (var insert = context.getConnection().prepareStatement("INSERT INTO ran (number) VALUES (?)")) {
            insert.setInt(1, number);
            insert.executeUpdate();
        }
    }
}
