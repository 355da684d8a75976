package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.WorkerStoppingException;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A migration that migrate runs itself, on a thread that somebody interrupts. */
class InlineContextTest {

    private Bench bench;

    @BeforeEach
    void create() throws SQLException {
        bench = new Bench();
        bench.execute("CREATE TABLE t (id int PRIMARY KEY, c int); INSERT INTO t VALUES (1, 0)");
    }

    @AfterEach
    void drop() throws SQLException {
        Thread.interrupted();
        bench.close();
    }

    @Test
    void endsAWaitWhenInterrupted() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> bench.context().await(Duration.ofDays(1)))
                .isInstanceOf(WorkerStoppingException.class)
                .hasMessageContaining("was interrupted");
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    void endsABackfillThatWaitsForAThrottle() {
        bench.onWait(() -> {
            assertThat(bench.waits())
                    .as("looks at the throttle again and again")
                    .isLessThan(10);
            if (bench.waits() > 1) {
                Thread.currentThread().interrupt();
            }
        });

        assertThatThrownBy(() -> bench.context()
                        .backfill()
                        .over("t")
                        .set("c = 1")
                        .throttledBy(closed())
                        .run())
                .isInstanceOf(WorkerStoppingException.class);
        assertThat(bench.texts("SELECT c FROM t")).containsExactly("0");
    }

    private static Throttle closed() {
        return probe -> new Throttle.Reading(2.0, "closed");
    }
}
