package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.turnasync.database.TestDatabase;
import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;

class ErrorReportsTest {

    @Test
    void repeatsErrorsOfAuthorsSinceTheyMayPass() {
        assertThat(ErrorReports.of(new IllegalStateException("service down")).permanent())
                .isFalse();
        assertThat(ErrorReports.of(new IOException("service down")).permanent()).isFalse();
        assertThat(ErrorReports.of(new NullPointerException()).permanent()).isFalse();
        assertThat(ErrorReports.of(new OutOfMemoryError()).permanent()).isFalse();
        assertThat(ErrorReports.of(new SQLException("no state")).permanent()).isFalse();
        assertThat(ErrorReports.of(new SQLException("odd state", "4")).permanent())
                .isFalse();
        assertThat(ErrorReports.of(new SQLException("blank state", "  "))
                        .error()
                        .sqlState())
                .isNull();
    }

    @Test
    void takesAMissingClassAsPermanentWhereverItIsInTheChain() {
        assertThat(ErrorReports.of(new NoClassDefFoundError("gone")).permanent())
                .isTrue();
        assertThat(ErrorReports.of(new RuntimeException(new ExceptionInInitializerError("bad")))
                        .permanent())
                .isTrue();
    }

    @Test
    void believesTheDriversTypeBeforeTheState() {
        assertThat(ErrorReports.of(new SQLTimeoutException("late", "42000")).permanent())
                .isFalse();
        assertThat(ErrorReports.of(new SQLTransientConnectionException("no connection", "42000"))
                        .permanent())
                .isFalse();
        assertThat(ErrorReports.of(new SQLRecoverableException("again", "42000"))
                        .permanent())
                .isFalse();
        assertThat(ErrorReports.of(new SQLNonTransientConnectionException("gone", "42000"))
                        .permanent())
                .isFalse();
        assertThat(ErrorReports.of(new SQLSyntaxErrorException("wrong", "42601"))
                        .permanent())
                .isTrue();
    }

    @Test
    void findsTheFirstSqlStateInTheChain() {
        var deep = new RuntimeException("outer", new IOException(new SQLException("inner", "23502")));

        var report = ErrorReports.of(deep);

        assertThat(report.error().className()).isEqualTo("java.lang.RuntimeException");
        assertThat(report.error().message()).isEqualTo("outer");
        assertThat(report.error().sqlState()).isEqualTo("23502");
        assertThat(report.error().stackTrace()).contains("Caused by: java.sql.SQLException: inner");
        assertThat(report.permanent()).isTrue();
        assertThat(report.cause()).isSameAs(deep);
    }

    @Test
    void takesTheStateOfABatch() {
        var batch = new BatchUpdateException("batch", "23502", 0, new int[0], null);

        assertThat(ErrorReports.of(batch).permanent()).isTrue();
    }

    @Test
    void comesToAnEndInACycleOfCauses() {
        var first = new IllegalStateException("first");
        var second = new SQLException("second", "23505", first);
        first.initCause(second);

        var report = ErrorReports.of(first);

        assertThat(report.error().sqlState()).isEqualTo("23505");
        assertThat(report.error().stackTrace()).contains("first").contains("second");
    }

    @Test
    void saysThatThereIsNoMessage() {
        assertThat(ErrorReports.of(new RuntimeException()).error().message()).isEqualTo("(no message)");
    }

    @Test
    void survivesAnErrorThatCannotTellItself() {
        var shy = new RuntimeException() {
            private static final long serialVersionUID = 1;

            @Override
            public String getMessage() {
                throw new UnsupportedOperationException("not even a message");
            }
        };

        assertThatCode(() -> ErrorReports.of(shy)).doesNotThrowAnyException();
    }

    @Test
    void makesTextsStorable() {
        var huge = ErrorReports.of(new RuntimeException("a\u0000b" + "ä€😀".repeat(100_000)));

        assertThat(huge.error().message())
                .startsWith("a\\0b")
                .hasSizeLessThan(100_010)
                .endsWith("…");
        assertThat(huge.error().stackTrace()).hasSizeLessThan(100_010);
        try (var database = TestDatabase.fresh()) {
            assertThat(database.column(
                            "SELECT length(?::text) > 0 AND length(?::text) > 0",
                            huge.error().message(),
                            huge.error().stackTrace()))
                    .containsExactly(true);
        }
    }

    @Test
    void storesAMessageThatWasCutWithinACharacter() {
        var cut = ErrorReports.of(new RuntimeException("x".repeat(99_999) + "😀 and more"));

        try (var database = TestDatabase.fresh()) {
            assertThat(database.column("SELECT length(?::text)", cut.error().message()))
                    .containsExactly(100_001);
        }
    }

    @Test
    void keepsWhatFitsAsItIs() {
        var message = "ä".repeat(100_000);

        assertThat(ErrorReports.of(new RuntimeException(message)).error().message())
                .isEqualTo(message);
    }
}
