package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.DrainResult.StopReason;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.LeaseLostException;
import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.spi.Claim;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.LeaseToken;
import dev.turnasync.spi.Settlement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Half a token proves nothing, whatever it is shown for. */
class LeaseTokenTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static QueueRows rows;
    private LeaseSession holder;
    private Claim claim;

    /** Which half another one knows. */
    enum Half {
        NUMBER {
            @Override
            LeaseToken of(LeaseToken whole) {
                return new LeaseToken(whole.number(), UUID.randomUUID());
            }
        },
        HOLDER {
            @Override
            LeaseToken of(LeaseToken whole) {
                return new LeaseToken(whole.number() + 1, whole.holder());
            }
        };

        abstract LeaseToken of(LeaseToken whole);
    }

    @BeforeAll
    static void open() throws SQLException {
        rows = new QueueRows();
    }

    @AfterAll
    static void close() throws SQLException {
        rows.close();
    }

    @BeforeEach
    void claim() throws SQLException {
        rows.head();
        rows.database().execute("UPDATE async_schema_lease SET worker = NULL, lease_until = NULL");
        holder = rows.store().tryLease("somebody", HOUR).orElseThrow();
        claim = holder.claim(entry -> true, true).claim();
    }

    private Claim claimOf(Half half) {
        return new Claim(claim.entry(), claim.attempt(), claim.worker(), half.of(claim.token()));
    }

    private static LeaseSession sessionOf(Claim impostor) {
        var control = new ControlConnection(rows.database().dataSource(), Duration.ofSeconds(5));
        return new JdbcLeaseSession(
                control, QueueRows.NAME, new JdbcLeaseSession.Lease("impostor", impostor.token(), HOUR));
    }

    @ParameterizedTest
    @EnumSource
    void neitherRenewsNorReleasesALease(Half half) {
        try (var impostor = sessionOf(claimOf(half))) {
            assertThat(impostor.renew()).isFalse();
        }
        assertThat(holder.renew()).isTrue();
        assertThat(rows.store().tryLease("another", HOUR)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void claimsNothingAndRecoversNothing(Half half) throws SQLException {
        try (var impostor = sessionOf(claimOf(half))) {
            assertThat(impostor.claim(entry -> true, true).why()).isEqualTo(StopReason.LEASE_LOST);
            impostor.recover(RetryPolicy.ofDefaults());
        }
        assertThat(rows.status(claim.entry().id())).isEqualTo(EntryStatus.RUNNING);
        assertThat(holder.claim(entry -> true, true).claim()).isEqualTo(claimAgain());
    }

    /** The claim of a moment ago, whose answer was lost. */
    private Claim claimAgain() throws SQLException {
        return new Claim(rows.entry(claim.entry().id()), claim.attempt(), claim.worker(), claim.token());
    }

    @ParameterizedTest
    @EnumSource
    void settlesNothing(Half half) throws SQLException {
        try (var impostor = sessionOf(claimOf(half))) {
            assertThat(impostor.settle(claimOf(half), Settlement.succeeded(null)))
                    .isFalse();
            assertThat(rows.status(claim.entry().id())).isEqualTo(EntryStatus.RUNNING);

            assertThat(holder.settle(claim, Settlement.succeeded(null))).isTrue();
            assertThat(impostor.settle(claimOf(half), Settlement.succeeded(null)))
                    .isFalse();
            assertThat(impostor.hasSucceeded(claimOf(half))).isFalse();
            assertThat(holder.hasSucceeded(claim)).isTrue();
        }
    }

    /** Under the whole fence, so that only the guard of the statement itself is put to the test. */
    @ParameterizedTest
    @EnumSource
    void settlesNothingBehindTheFenceOfAnother(Half half) throws SQLException {
        assertThat(holder.settle(claimOf(half), Settlement.succeeded(null))).isFalse();
        assertThat(rows.status(claim.entry().id())).isEqualTo(EntryStatus.RUNNING);
    }

    @ParameterizedTest
    @EnumSource
    void beginsNoTransactionAndNoRun(Half half) throws SQLException {
        try (var session = FencedSession.open(rows.database().dataSource(), QueueRows.NAME)) {
            assertThatThrownBy(() -> session.prepare(claimOf(half))).isInstanceOf(LeaseLostException.class);
            assertThatThrownBy(() -> session.begin(claimOf(half))).isInstanceOf(LeaseLostException.class);
            assertThatThrownBy(() -> session.requireToken(claimOf(half))).isInstanceOf(LeaseLostException.class);
            assertThat(session.begin(claim)).isTrue();
            assertThatThrownBy(() -> session.succeed(claimOf(half), null)).isInstanceOf(LeaseLostException.class);
        }
        assertThat(rows.database().column("SELECT backend_pid FROM async_schema_attempts"))
                .containsOnlyNulls();
    }

    @ParameterizedTest
    @EnumSource
    void findsNoSessionOfTheHolder(Half half) throws SQLException {
        assertThat(SessionLabel.of(QueueRows.NAME, half.of(claim.token())))
                .isNotEqualTo(SessionLabel.of(QueueRows.NAME, claim.token()));
        try (var session = FencedSession.open(rows.database().dataSource(), QueueRows.NAME);
                var impostor = sessionOf(claimOf(half))) {
            session.prepare(claim);
            assertThat(impostor.endSession()).isTrue();
            impostor.cancelStatement(claimOf(half));
            assertThat(session.begin(claim)).isTrue();
        }
    }

    /** The death of one that wrote no checkpoint counts, whoever wrote one under the same number. */
    @ParameterizedTest
    @EnumSource
    void aCheckpointOfAnotherIsNoSignOfProgress(Half half) throws SQLException {
        try (var session = FencedSession.open(rows.database().dataSource(), QueueRows.NAME)) {
            session.moveCheckpoint(claimOf(half), "", null, "1");
        }
        rows.database().execute("UPDATE async_schema_migrations SET worker_deaths = 1");
        rows.database().execute("UPDATE async_schema_lease SET worker = NULL, lease_until = NULL");
        try (var next = rows.store().tryLease("next", HOUR).orElseThrow()) {
            next.recover(RetryPolicy.ofDefaults().withMaxWorkerDeaths(1));
        }
        assertThat(rows.status(claim.entry().id())).isEqualTo(EntryStatus.FAILED);
    }

    /** Progress is shown by entry, so what was drawn decides. */
    @ParameterizedTest
    @EnumSource(names = "NUMBER")
    void showsNoProgressOfAnother(Half half) {
        holder.saveProgress(claim, new Progress(1L, 10L));
        holder.saveProgress(claimOf(half), new Progress(9L, 10L));
        assertThat(rows.database().column("SELECT done FROM async_schema_progress"))
                .isEqualTo(List.of(1L));
    }
}
