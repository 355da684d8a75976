package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchErrorsTest {

    @ParameterizedTest
    @CsvSource({
        "57014, SPLIT",
        "55P03, SPLIT",
        "40P01, SPLIT",
        "40001, SPLIT",
        "55006, SPLIT",
        "53200, MEMORY",
        "22012, POISON",
        "23505, POISON",
        "P0001, POISON",
        "P0002, POISON",
        "P0004, POISON",
        "21000, POISON",
        "20000, POISON",
        "54000, POISON",
        "54001, POISON",
        "42501, POISON",
        "42P01, POISON",
        "0A000, POISON",
        "44000, POISON",
        "55000, POISON",
        "38001, POISON",
        "HV000, POISON",
        "XX000, POISON",
        "XX001, POISON",
        "40002, POISON",
        "ABCDE, POISON",
        "08006, FATAL",
        "57P01, FATAL",
        "57P03, FATAL",
        "25006, FATAL",
        "25P02, FATAL",
        "25P04, FATAL",
        "26000, FATAL",
        "28000, FATAL",
        "2D000, FATAL",
        "3D000, FATAL",
        "40003, FATAL",
        "53100, FATAL",
        "53300, FATAL",
        "53400, FATAL",
        "58030, FATAL",
        "S1, FATAL"
    })
    void goByTheirState(String state, BatchErrors expected) {
        assertThat(BatchErrors.of(new IllegalStateException(new SQLException("message", state))))
                .isEqualTo(expected);
    }

    @Test
    void haveNothingToDoWithRowsWhenTheDatabaseSaidNothing() {
        assertThat(BatchErrors.of(new IOException("the mailer is away"))).isEqualTo(BatchErrors.FATAL);
        assertThat(BatchErrors.of(new SQLException("no state"))).isEqualTo(BatchErrors.FATAL);
    }

    @Test
    void tellTheHeapFromOtherMemory() {
        assertThat(BatchErrors.of(new OutOfMemoryError("Java heap space"))).isEqualTo(BatchErrors.MEMORY);
        assertThat(BatchErrors.of(new IllegalStateException(new OutOfMemoryError("GC overhead limit exceeded"))))
                .isEqualTo(BatchErrors.MEMORY);
        assertThat(BatchErrors.of(new OutOfMemoryError("Metaspace"))).isEqualTo(BatchErrors.FATAL);
        assertThat(BatchErrors.of(new OutOfMemoryError("unable to create native thread: possibly out of memory")))
                .isEqualTo(BatchErrors.FATAL);
    }
}
