package dev.turnasync.chaos;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Stops sessions of the server at chosen rows and moments, until they are let go: triggers wait for an advisory lock that this
 * object's session holds. For use by one thread.
 */
final class Holds implements AutoCloseable {

    /** Where a batch is stopped at a row. */
    enum Moment {
        /** Within the statement that changes the row. */
        STATEMENT,
        /** Between the statement and COMMIT, when the checkpoint is written. */
        CHECKPOINT,
        /** Within COMMIT, before anything is committed. */
        COMMIT
    }

    /** A session that waits at a row. */
    record Held(int row, int pid) {}

    private static final String WAITING = """
            FROM pg_locks
            WHERE locktype = 'advisory' AND classid = 4711 AND NOT granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""";

    /** Stops batches of the table {@code target}. */
    private static final String TRIGGERS = """
            CREATE FUNCTION hold_statement() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
            BEGIN
                IF OLD.hold = 'STATEMENT' THEN
                    PERFORM pg_advisory_xact_lock_shared(4711, OLD.n);
                ELSIF OLD.hold = 'CHECKPOINT' THEN
                    PERFORM set_config('chaos.hold', OLD.n::text, TRUE);
                END IF;
                RETURN NEW;
            END $$;
            CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock_shared(4711, OLD.n);
                RETURN NULL;
            END $$;
            CREATE FUNCTION hold_checkpoint() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
            BEGIN
                IF current_setting('chaos.hold', TRUE) <> '' THEN
                    PERFORM pg_advisory_xact_lock_shared(4711, current_setting('chaos.hold')::int);
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER hold_statement BEFORE UPDATE ON target
                FOR EACH ROW WHEN (OLD.hold IS NOT NULL) EXECUTE FUNCTION hold_statement();
            CREATE CONSTRAINT TRIGGER hold_commit AFTER UPDATE ON target DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (OLD.hold = 'COMMIT') EXECUTE FUNCTION hold_commit();
            CREATE TRIGGER hold_checkpoint AFTER INSERT OR UPDATE ON async_schema_checkpoints
                FOR EACH ROW EXECUTE FUNCTION hold_checkpoint()""";

    private final Database database;
    private final Connection locks;

    /** Holds for whoever asks for advisory locks of class 4711. */
    Holds(Database database) throws SQLException {
        this.database = database;
        this.locks = database.dataSource().getConnection();
    }

    /** Holds at rows of the table {@code target}. */
    static Holds atRows(Database database) throws SQLException {
        var holds = new Holds(database);
        database.execute(TRIGGERS);
        return holds;
    }

    /** Has whoever changes a row wait. */
    void add(int row, Moment moment) {
        database.execute("UPDATE target SET hold = '" + moment + "' WHERE n = " + row);
        lock(row);
    }

    void lock(int row) {
        lock("pg_advisory_lock", row);
    }

    void letGo(int row) {
        lock("pg_advisory_unlock", row);
    }

    private void lock(String function, int row) {
        try (var statement = locks.prepareStatement("SELECT " + function + "(4711, ?)")) {
            statement.setInt(1, row);
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    Optional<Held> held() {
        return database.look("SELECT objid::int, pid " + WAITING, row -> new Held(row.getInt(1), row.getInt(2)));
    }

    /** All rows at which somebody waits: two sessions may at once. */
    List<Integer> rows() {
        return database.list("SELECT DISTINCT objid::int " + WAITING, row -> row.getInt(1));
    }

    boolean isHeld(Held held) {
        return database.number("SELECT count(*) " + WAITING + " AND pid = " + held.pid() + " AND objid = " + held.row())
                == 1;
    }

    @Override
    public void close() {
        try {
            locks.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
