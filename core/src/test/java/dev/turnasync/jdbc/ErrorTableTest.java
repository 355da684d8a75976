package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.jdbc.ErrorTable.Row;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class ErrorTableTest {

    static List<Row> rows() {
        return ErrorTable.ROWS;
    }

    /** A line for each row of the table: what PostgreSQL says, and what follows. */
    private static final String LINES = """
            00000 PASSES     01000 PASSES     02000 PASSES     03000 PERMANENT  07006 PERMANENT  08006 LOST       08P01 LOST
            09000 PASSES     0A000 PERMANENT  0B000 PERMANENT  0F001 PERMANENT  0LP01 PERMANENT  0P000 PERMANENT  0Z002 PERMANENT
            10608 PERMANENT  20000 PERMANENT  21000 PERMANENT  22001 PERMANENT  22P02 PERMANENT  22012 PERMANENT  23502 PERMANENT
            23514 PERMANENT  23001 PASSES     23503 PASSES     23505 PASSES     23P01 PASSES     24000 PASSES     25001 PERMANENT
            25P01 PERMANENT  25006 AWAY       25P03 AWAY       25P04 AWAY       26000 PASSES     27000 PERMANENT  28000 AWAY
            28P01 AWAY       2BP01 PERMANENT  2D000 PERMANENT  2F005 PERMANENT  34000 PASSES     38000 PASSES     39P01 PERMANENT
            3B001 PERMANENT  3D000 AWAY       3F000 PERMANENT  40001 AWAY       40P01 AWAY       42601 PERMANENT  42P01 PERMANENT
            42703 PERMANENT  42501 PERMANENT  42P05 PASSES     44000 PERMANENT  53100 AWAY       53200 AWAY       53300 LOST
            53400 PASSES     54000 PERMANENT  54001 PERMANENT  55000 PASSES     55006 AWAY       55P02 PERMANENT  55P03 AWAY
            55P04 PERMANENT  57000 AWAY       57014 AWAY       57P01 LOST       57P02 LOST       57P03 LOST       57P04 LOST
            57P05 LOST       58030 AWAY       58P01 PASSES     72000 PASSES     F0001 AWAY       HV00N PASSES     P0001 PASSES
            P0002 PASSES     XX000 PASSES     XX001 PERMANENT  XX002 PERMANENT  25P02 SILENT""";

    static Stream<String[]> lines() {
        return Stream.of(LINES.split("\\s*\n\\s*|(?<=[A-Z])\\s{2,}")).map(line -> line.split(" "));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void decidesEachCode(String state, String verdict) {
        var report = ErrorReports.of(new SQLException("x", state));

        assertThat(report.permanent()).isEqualTo(verdict.equals("PERMANENT"));
        assertThat(report.connectionLost()).isEqualTo(verdict.equals("LOST"));
        assertThat(ErrorReports.isAway(report.cause())).isEqualTo(verdict.equals("AWAY") || verdict.equals("LOST"));
        assertThat(ErrorTable.find(new SQLException("x", state)))
                .get()
                .extracting(Row::verdict)
                .hasToString(verdict);
    }

    @Test
    void hasALineAboveForEachOfItsRows() {
        var told = new ArrayList<Row>();
        lines().forEach(line ->
                told.add(ErrorTable.find(new SQLException("x", line[0])).orElseThrow()));

        assertThat(told)
                .containsAll(ErrorTable.ROWS.stream()
                        .filter(row -> row.mark() == null && !row.state().matches("57|58|40|55"))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void givesAReasonOnce(Row row) {
        assertThat(row.reason()).isNotBlank();
        assertThat(row.state()).matches("[0-9A-Z]{2}|[0-9A-Z]{5}");
        assertThat(ErrorTable.ROWS)
                .filteredOn(
                        other -> other.state().equals(row.state()) && (other.mark() == null) == (row.mark() == null))
                .containsExactly(row);
    }

    /** The sections of PostgreSQL's errcodes.txt, 14 to 18, and the class that only its JDBC driver has. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "00", "01", "02", "03", "07", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22",
                        "23", "24",
                "25", "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53",
                        "54", "55",
                "57", "58", "72", "F0", "HV", "P0", "XX"
            })
    void leavesNoClassOfPostgresqlUndecided(String prefix) {
        assertThat(ErrorTable.find(new SQLException("x", prefix + "999"))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"MYERR", "99999", "4", "", "  ", "a whole sentence"})
    void repeatsWhatIsNobodysCodeButItsAuthors(String state) {
        assertThat(ErrorTable.find(new SQLException("x", state))).isEmpty();
        assertThat(ErrorReports.of(new SQLException("x", state)).permanent()).isFalse();
        assertThat(ErrorReports.isAway(new SQLException("x", state))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0A000, RevalidateCachedQuery, gecachter Plan darf den Ergebnistyp nicht ändern, PASSES",
        "42501, CheckMyDatabase, keine Berechtigung für Datenbank, LOST",
        "55000, CheckMyDatabase, Datenbank nimmt keine Verbindungen an, LOST",
        "0A000, transformSelectStmt, cached plan must not change result type is what the author wrote, PERMANENT",
        "42501, aclcheck_error, keine Berechtigung für Tabelle, PERMANENT",
        "55000, pg_current_wal_lsn, Wiederherstellung läuft, PASSES",
    })
    void tellsErrorsOfOneCodeApartByTheServersRoutineInAnyLanguage(
            String state, String routine, String message, Verdict verdict) {
        var told = new ServerErrorMessage("SFEHLER\0C" + state + "\0M" + message + "\0R" + routine + "\0");

        assertThat(ErrorTable.find(new PSQLException(told)).orElseThrow().verdict())
                .isEqualTo(verdict);
    }

    @ParameterizedTest
    @CsvSource({
        "0A000, ERROR: cached plan must not change result type, PASSES",
        "42501, FATAL: permission denied for database \"shop\", LOST",
        "55000, FATAL: database \"shop\" is not currently accepting connections, LOST"
    })
    void tellsThemApartByWordsWhereTheRoutineIsNotKnown(String state, String message, Verdict verdict) {
        assertThat(ErrorTable.find(new SQLException(message, state))
                        .orElseThrow()
                        .verdict())
                .isEqualTo(verdict);
    }

    @Test
    void asksTheCauseOfATransactionThatHadFailedBefore() {
        var wrongSql = new SQLException("aborted", "25P02", new SQLException("no such column", "42703"));
        var deadlock = new SQLException("aborted", "25P02", new SQLException("deadlock", "40P01"));

        assertThat(ErrorReports.of(wrongSql).permanent()).isTrue();
        assertThat(ErrorReports.of(wrongSql).error().sqlState()).isEqualTo("42703");
        assertThat(ErrorReports.of(deadlock).permanent()).isFalse();
        assertThat(ErrorReports.of(new SQLException("aborted", "25P02")).permanent())
                .isFalse();
    }

    @Test
    void asksTheNextErrorOfABatchThatSaysNothing() {
        var batch = new BatchUpdateException("batch", null, 0, new int[0], null);
        batch.setNextException(new SQLException("too long", "22001"));

        assertThat(ErrorReports.of(new IllegalStateException(batch)).permanent())
                .isTrue();
        assertThat(ErrorReports.of(batch).error().sqlState()).isEqualTo("22001");
    }

    @Test
    void hearsOfALostConnectionFromWhatWentWrongBesides() {
        var swallowed = new IllegalStateException("the author's wrapper without a cause");
        swallowed.addSuppressed(new SQLException("broken", "08006"));
        var own = new SQLException("division by zero", "22012");
        own.addSuppressed(new SQLException("broken", "08006"));
        var harmless = new IllegalStateException("x");
        harmless.addSuppressed(new SQLException("no such table", "42P01"));

        assertThat(ErrorReports.isConnectionLost(swallowed)).isTrue();
        assertThat(ErrorReports.of(own).permanent()).isTrue();
        assertThat(ErrorReports.isConnectionLost(own)).isFalse();
        assertThat(ErrorReports.of(harmless).permanent()).isFalse();
    }

    @Test
    void believesACodeThatSaysMoreThanItsType() {
        assertThat(ErrorReports.isConnectionLost(new SQLTransientException("gone", "57P01")))
                .isTrue();
        assertThat(ErrorReports.isConnectionLost(new SQLTransientException("later", "40001")))
                .isFalse();
        assertThat(ErrorReports.isAway(new SQLTransientException("later", "42000")))
                .isTrue();
    }
}
