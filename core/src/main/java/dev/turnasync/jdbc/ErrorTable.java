package dev.turnasync.jdbc;

import static dev.turnasync.jdbc.Verdict.AWAY;
import static dev.turnasync.jdbc.Verdict.LOST;
import static dev.turnasync.jdbc.Verdict.PASSES;
import static dev.turnasync.jdbc.Verdict.PERMANENT;
import static dev.turnasync.jdbc.Verdict.SILENT;

import dev.turnasync.api.AsyncMigrationException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which errors pass. The database's codes are those of PostgreSQL's appendix "PostgreSQL Error Codes"; every class of it has a row, and a code
 * has one where it differs from its class. A code that PostgreSQL does not know is an author's own, and passes.
 *
 * <p>Where one code means two things, the routine of the server that raised it tells them apart, as it does for PostgreSQL's JDBC driver:
 * messages are translated. The English words are for drivers and poolers that do not hand the routine on.
 */
final class ErrorTable {

    /** Which of the errors with one code is meant. */
    record Mark(String routine, String words) {}

    /** A row about a SQLSTATE, or about a class of them when it has two characters. */
    record Row(String state, @Nullable Mark mark, Verdict verdict, String reason) {}

    /** A row about a type of errors, whatever its SQLSTATE. */
    record TypeRow(Class<? extends Throwable> type, Verdict verdict, String reason) {}

    private static final int CLASS = 2;
    private static final int CODE = 5;

    /** The first row that some error of the chain is of counts. */
    static final List<TypeRow> TYPES = List.of(
            type(AsyncMigrationException.Permanent.class, PERMANENT, "its author says so"),
            type(
                    SQLTransientConnectionException.class,
                    LOST,
                    "a pool has no connection, or the driver cannot make one"),
            type(SQLNonTransientConnectionException.class, LOST, "the connection broke; the next one may hold"),
            type(SQLTransientException.class, AWAY, "the driver says that the same statement may do later"),
            type(SQLRecoverableException.class, AWAY, "the driver says that it may do on a new connection"),
            type(LinkageError.class, PERMANENT, "a class is missing from this build, or could not be initialized"));

    /** A row with a mark goes before the row of its code, and that one before the row of its class. */
    static final List<Row> ROWS = List.of(
            row("00", PASSES, "no error, so it is not the server's"),
            row("01", PASSES, "a warning, so it is not the server's"),
            row("02", PASSES, "no error for the server; authors say by it that data are not there yet"),
            row("03", PERMANENT, "the statement is not finished"),
            row("07", PERMANENT, "the driver: a parameter or a column of another type"),
            row("08", LOST, "the connection broke, or could not be made"),
            row("09", PASSES, "a trigger's own refusal"),
            row("0A", PERMANENT, "PostgreSQL cannot do what is asked for"),
            row(
                    "0A000",
                    new Mark("RevalidateCachedQuery", "cached plan must not change result type"),
                    PASSES,
                    "a table changed under a prepared statement; the next attempt prepares it again"),
            row("0B", PERMANENT, "a transaction is begun where none can be"),
            row("0F", PERMANENT, "wrong use of a locator"),
            row("0L", PERMANENT, "a right that is not the user's to grant"),
            row("0P", PERMANENT, "a role that cannot be set"),
            row("0Z", PERMANENT, "wrong use of diagnostics in PL/pgSQL"),
            row("10", PERMANENT, "wrong use of XQuery"),
            row("20", PERMANENT, "a CASE without a branch for the value"),
            row("21", PERMANENT, "several rows where one may be"),
            row("22", PERMANENT, "data that do not fit"),
            row("23", PERMANENT, "data that break a rule of the table"),
            row("23001", PASSES, "may race with the application, which added or removed the row that is referred to"),
            row("23503", PASSES, "may race with the application, which added or removed the row that is referred to"),
            row("23505", PASSES, "may race with the application, which added the same key; the next attempt sees it"),
            row(
                    "23P01",
                    PASSES,
                    "may race with the application, which added what excludes the row; the next attempt sees it"),
            row("24", PASSES, "a cursor whose row was removed meanwhile"),
            row("25", PERMANENT, "a statement that may not be in a transaction, or only in one"),
            row("25006", AWAY, "a server that is read-only until a failover has ended"),
            row(
                    "25P02",
                    SILENT,
                    "the transaction had failed before; PostgreSQL's driver names that error as the cause"),
            row("25P03", AWAY, "the transaction was idle too long, maybe since its worker was frozen"),
            row("25P04", AWAY, "the transaction took too long, maybe since it waited"),
            row("26", PASSES, "a pooler gave the session another server connection, without its prepared statement"),
            row("27", PERMANENT, "a trigger changed the row that its statement changes"),
            row("28", AWAY, "the role may not log in just now: it is locked, or its password is being changed"),
            row("2B", PERMANENT, "other objects or rights depend on it"),
            row("2D", PERMANENT, "a transaction is ended where none can be"),
            row("2F", PERMANENT, "a function that breaks the rules of SQL"),
            row("34", PASSES, "a pooler gave the session another server connection, without its cursor"),
            row("38", PASSES, "a function's own refusal"),
            row("39", PERMANENT, "a function that breaks the rules of its caller"),
            row("3B", PERMANENT, "a savepoint that is not there"),
            row("3D", AWAY, "the database is not there just now: it is being restored or renamed, or a pooler reloads"),
            row("3F", PERMANENT, "a schema that is not there"),
            row("40", AWAY, "the transaction lost against another one"),
            row("42", PERMANENT, "wrong SQL, a table or column that is not there, or a right that is missing"),
            row(
                    "42501",
                    new Mark("CheckMyDatabase", "permission denied for database"),
                    LOST,
                    "the role may not connect to the database just now"),
            row(
                    "42P05",
                    PASSES,
                    "a pooler gave the session another server connection, with a prepared statement of that name"),
            row("44", PERMANENT, "data that break a rule of the view"),
            row("53", AWAY, "the server lacks disk or memory just now"),
            row("53300", LOST, "the server has no connection left"),
            row("53400", PASSES, "a limit of the server's settings, such as temp_file_limit"),
            row("54", PERMANENT, "a limit of PostgreSQL itself"),
            row("55", PASSES, "an object is not in the state that is needed"),
            row(
                    "55000",
                    new Mark("CheckMyDatabase", "not currently accepting connections"),
                    LOST,
                    "the database accepts no connections just now"),
            row("55006", AWAY, "the object is in use"),
            row("55P02", PERMANENT, "a setting that only the server's start can change"),
            row("55P03", AWAY, "the lock is held by somebody else"),
            row("55P04", PERMANENT, "an enum value that is used in the transaction which added it"),
            row("57", AWAY, "an operator's doing"),
            row("57014", AWAY, "the statement was canceled, or ran into statement_timeout"),
            row("57P01", LOST, "the session was ended, or the server stops"),
            row("57P02", LOST, "another process of the server crashed"),
            row("57P03", LOST, "the server starts, stops or recovers"),
            row("57P04", LOST, "the database was dropped, maybe to be restored"),
            row("57P05", LOST, "the session was idle too long"),
            row("58", AWAY, "the server's system: files, disks"),
            row("58P01", PASSES, "a file or library that is missing on this server"),
            row("72", PASSES, "the snapshot is too old; the next one is new"),
            row("F0", AWAY, "the server's configuration file, or the lock file of one that still stops"),
            row("HV", PASSES, "another server behind a foreign data wrapper"),
            row("P0", PASSES, "a function's own refusal, which may be about something that changes"),
            row(
                    "XX",
                    PASSES,
                    "inside the server, such as a table that was dropped or a row that was changed meanwhile"),
            row("XX001", PERMANENT, "damaged data: a person must look before anything else is written there"),
            row("XX002", PERMANENT, "a damaged index: a person must rebuild it"));

    private ErrorTable() {}

    private static Row row(String state, Verdict verdict, String reason) {
        return new Row(state, null, verdict, reason);
    }

    private static Row row(String state, Mark mark, Verdict verdict, String reason) {
        return new Row(state, mark, verdict, reason);
    }

    private static TypeRow type(Class<? extends Throwable> type, Verdict verdict, String reason) {
        return new TypeRow(type, verdict, reason);
    }

    /** The row about an error of the database; empty for codes that are not PostgreSQL's, and without a code. */
    static Optional<Row> find(SQLException error) {
        var state = ErrorChain.asked(error::getSQLState);
        if (state == null || state.length() != CODE) {
            return Optional.empty();
        }
        return ROWS.stream()
                .filter(row -> row.mark() != null && row.state().equals(state) && isMeant(row.mark(), error))
                .findFirst()
                .or(() -> plain(state))
                .or(() -> plain(state.substring(0, CLASS)));
    }

    private static Optional<Row> plain(String state) {
        return ROWS.stream()
                .filter(row -> row.mark() == null && row.state().equals(state))
                .findFirst();
    }

    private static boolean isMeant(Mark mark, SQLException error) {
        var routine = PostgresDriver.routine(error);
        var message = ErrorChain.asked(error::getMessage);
        return routine == null
                ? message != null && message.contains(mark.words())
                : mark.routine().equals(routine);
    }
}
