package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnasync.api.EntryStatus;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A disk that is really full: a small file system, where this user may mount one. */
@EnabledOnOs(OS.LINUX)
class FullDiskTest {

    private static final int ROWS = 20_000;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createTempDirectory("small-disk");
        assumeTrue(succeeds("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk.toString()), "may not mount");
    }

    @AfterEach
    void unmount() throws Exception {
        succeeds("umount", "-l", disk.toString());
        Files.deleteIfExists(disk);
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void keepsItsPlaceUntilThereIsRoomAgain() throws Exception {
        var space = "small_" + UUID.randomUUID().toString().replace("-", "");
        try (var build = Deployment.of(Script.async(
                        "1",
                        context -> context.backfill()
                                .over("t")
                                .set("c = c + 1")
                                .batchSize(500, 500)
                                .run())
                .inPieces())) {
            var database = build.database();
            database.execute("CREATE TABLESPACE " + space + " LOCATION '" + disk + "'");
            database.execute("CREATE TABLE t (id int PRIMARY KEY, c int, filler text) WITH (autovacuum_enabled = off)"
                    + " TABLESPACE " + space);
            database.execute("INSERT INTO t SELECT n, 0, repeat('x', 350) FROM generate_series(1, " + ROWS + ") AS n");
            build.migrate();

            var failure = build.node().worker().drainOne().failure();
            assertThat(String.valueOf(failure)).contains("No space left on device");
            assertThat(build.status("1")).isEqualTo(EntryStatus.RETRYABLE);
            var done =
                    (long) database.column("SELECT count(*) FROM t WHERE c = 1").get(0);
            assertThat(done).isBetween(500L, ROWS - 500L);
            assertThat(database.column("SELECT max(id) FROM t WHERE c = 1")).containsExactly((int) done);

            assertThat(succeeds("mount", "-o", "remount,size=64m", disk.toString()))
                    .isTrue();
            assertThat(build.node().drain().succeeded()).isEqualTo(1);
            assertThat(database.column("SELECT count(*) FROM t WHERE c = 1")).containsExactly((long) ROWS);
            database.execute("DROP TABLE t");
            database.execute("DROP TABLESPACE " + space);
        }
    }
}
