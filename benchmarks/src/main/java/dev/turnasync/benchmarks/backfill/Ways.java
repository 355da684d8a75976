package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Server.Database;
import dev.turnasync.jdbc.Jdbc;
import dev.turnasync.resumable.Backfill;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** The ways to fill a column. Each returns how long it took; what it needs beforehand is not counted. */
final class Ways {

    /** Fills the column of a fresh table. */
    @FunctionalInterface
    interface Way {
        Took fill(Database database) throws Exception;
    }

    /**
     * A way by name.
     *
     * @param id short, for the console
     * @param label for the report
     * @param way what is measured
     */
    record Side(String id, String label, Way way) {}

    /**
     * How long a way took.
     *
     * @param all from the call to the return
     * @param entry the run of the entry alone, without claim and settlement; for others the same
     */
    record Took(Duration all, Duration entry) {

        static Took since(long start) {
            var took = Duration.ofNanos(System.nanoTime() - start);
            return new Took(took, took);
        }
    }

    private Ways() {}

    static Side update() {
        return new Side("update", "one `UPDATE` statement", Ways::statement);
    }

    private static Took statement(Database database) throws SQLException {
        try (var connection = database.pool().getConnection()) {
            var start = System.nanoTime();
            Jdbc.update(connection, "UPDATE people SET " + FillDomain.SET + " WHERE " + FillDomain.WHERE);
            return Took.since(start);
        }
    }

    /** A procedure as a careful author writes it by hand. */
    static Side procedure(int ids) {
        return new Side(
                "procedure " + ids,
                String.format(Locale.ROOT, "PL/pgSQL loop, %,d ids each", ids),
                database -> procedure(database, ids));
    }

    private static Took procedure(Database database, int ids) throws SQLException {
        try (var connection = database.pool().getConnection()) {
            Jdbc.execute(connection, """
                    CREATE PROCEDURE fill(step bigint) LANGUAGE plpgsql AS $$
                    DECLARE
                        reached bigint := 0;
                        last bigint := (SELECT max(id) FROM people);
                    BEGIN
                        WHILE reached < last LOOP
                            UPDATE people SET %s WHERE id > reached AND id <= reached + step AND %s;
                            COMMIT;
                            reached := reached + step;
                        END LOOP;
                    END $$""".formatted(FillDomain.SET, FillDomain.WHERE));
            var start = System.nanoTime();
            Jdbc.execute(connection, "CALL fill(" + ids + ")");
            return Took.since(start);
        }
    }

    static Side backfill(String id, String label, UnaryOperator<Backfill> options) {
        return new Side(id, label, database -> {
            try (var worker = new RealWorker(database.pool(), options)) {
                return new Took(worker.drain(), worker.run());
            }
        });
    }

    /** The statements of a backfill with batches of one size, without queue, fence and checkpoint. */
    static Side bare(int rows) {
        return new Side(
                "bare " + rows,
                String.format(Locale.ROOT, "bare JDBC loop, %,d rows each", rows),
                database -> new BareLoop(rows).fill(database));
    }
}
