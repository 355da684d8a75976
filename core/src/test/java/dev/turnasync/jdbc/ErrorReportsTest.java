package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.turnasync.database.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
    void boundsWhatIsKeptOfAMessageOfAnySize() {
        var message = "a\u0000b" + "ä€😀".repeat(1_000_000);
        var report = ErrorReports.of(new RuntimeException("outer", new RuntimeException(message)));
        var own = ErrorReports.of(new RuntimeException(message));

        assertThat(own.error().message())
                .startsWith("a\\0b")
                .hasSizeLessThan(20_100)
                .endsWith("… (3980003 more characters)");
        assertThat(report.error().stackTrace())
                .hasSizeLessThan(20_000)
                .contains("Caused by: java.lang.RuntimeException: a\\0b");
        try (var database = TestDatabase.fresh()) {
            assertThat(database.column(
                            "SELECT length(?::text) > 0 AND length(?::text) > 0",
                            own.error().message(),
                            own.error().stackTrace()))
                    .containsExactly(true);
        }
    }

    @Test
    void keepsAMessageWhole() {
        var message = "ä".repeat(20_000);

        assertThat(ErrorReports.of(new RuntimeException(message)).error().message())
                .isEqualTo(message);
    }

    @Test
    void namesTheInnermostOfThousandsOfCauses() {
        Throwable error = new SQLException("the root", "22012");
        for (var i = 0; i < 900; i++) {
            error = new IllegalStateException("wrapped " + i, error);
        }

        var report = ErrorReports.of(error);

        assertThat(report.permanent()).isTrue();
        assertThat(report.error().stackTrace())
                .hasSizeLessThan(100_100)
                .contains("(887 more causes)")
                .contains("Caused by: java.sql.SQLException: the root");
    }

    @Test
    void keepsTheBeginAndTheEndOfADeepStack() {
        var deep = new StackOverflowError();
        var frames = new StackTraceElement[10_000];
        for (var i = 0; i < frames.length; i++) {
            frames[i] = new StackTraceElement("Deep", "call" + i, "Deep.java", i);
        }
        deep.setStackTrace(frames);

        assertThat(ErrorReports.of(deep).error().stackTrace())
                .contains("Deep.call79", "… (9900 more frames)", "Deep.call9980", "Deep.call9999")
                .doesNotContain("Deep.call80(")
                .hasSizeLessThan(10_000);
    }

    @Test
    void printsAnErrorAsJavaDoes() {
        var error = new IllegalStateException("outer", new IOException("inner\nsecond line"));
        error.addSuppressed(new IllegalArgumentException("besides"));
        var expected = new StringWriter();
        error.printStackTrace(new PrintWriter(expected));

        assertThat(ErrorReports.of(error).error().stackTrace()).isEqualToNormalizingNewlines(expected.toString());
        assertThat(ErrorReports.cleaned(error)).isEmpty();
    }

    @Test
    void survivesErrorsThatHaveNoEnd() {
        var endless = new RuntimeException() {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized Throwable getCause() {
                return new RuntimeException("and again", this);
            }

            @Override
            public String getLocalizedMessage() {
                throw new StackOverflowError();
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                throw new IllegalStateException("no trace");
            }
        };

        assertThat(ErrorReports.of(endless).permanent()).isFalse();
        assertThat(ErrorReports.of(endless).error().stackTrace()).hasSizeLessThan(100_100);
    }

    @Test
    void keepsPasswordsOutOfWhatIsStoredAndLogged() {
        var error =
                new SQLException("could not connect to jdbc:postgresql://shop:hunter2@db/shop?user=a&password=hunter2");

        assertThat(ErrorReports.of(error).error().message())
                .isEqualTo("could not connect to jdbc:postgresql://shop:***@db/shop?user=a&password=***");
        assertThat(ErrorReports.of(error).error().stackTrace()).doesNotContain("hunter2");
        assertThat(ErrorReports.cleaned(error)).get().asString().doesNotContain("hunter2");
    }
}
