package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.api.Attempt.Outcome;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.spi.LeaseSession;
import dev.turnasync.spi.NewEntry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The three walls around an entry's status agree: the enum, the guards of the statements, the CHECK of the table. */
class StatusMachineTest {

    /** The statuses that an entry begins with. */
    private static final Set<EntryStatus> FIRST =
            EnumSet.of(EntryStatus.QUEUED, EntryStatus.SKIPPED, EntryStatus.PAUSED, EntryStatus.SUCCEEDED);

    private static QueueRows rows;
    private static LeaseSession lease;

    @BeforeAll
    static void open() throws SQLException {
        rows = new QueueRows();
        lease = rows.store().tryLease("somebody", Duration.ofHours(1)).orElseThrow();
    }

    @AfterAll
    static void close() throws SQLException {
        lease.close();
        rows.close();
    }

    static Stream<Arguments> pairs() {
        var froms = new ArrayList<@Nullable EntryStatus>(List.of(EntryStatus.values()));
        froms.add(null);
        return froms.stream()
                .flatMap(from -> Arrays.stream(EntryStatus.values()).map(to -> Arguments.of(from, to)));
    }

    private static boolean isLegal(@Nullable EntryStatus from, EntryStatus to) {
        return from == null ? FIRST.contains(to) : from.next().contains(to);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void tableAgreesWithTheEnum(@Nullable EntryStatus from, EntryStatus to) throws SQLException {
        var id = rows.head();

        if (isLegal(from, to)) {
            rows.force(id, from, to);
            assertThat(rows.status(id)).isEqualTo(to);
        } else {
            assertThatThrownBy(() -> rows.force(id, from, to))
                    .hasMessageContaining("async_schema_migrations_transition");
            assertThat(rows.status(id)).isEqualTo(EntryStatus.QUEUED);
        }
    }

    static Stream<Arguments> doors() {
        return Arrays.stream(Door.values())
                .flatMap(door -> Arrays.stream(EntryStatus.values()).map(from -> Arguments.of(door, from)));
    }

    @ParameterizedTest
    @MethodSource("doors")
    void doorAgreesWithTheEnum(Door door, EntryStatus from) throws SQLException {
        var id = door.approach(rows, from, lease);

        door.tryOpen(rows, id, lease);

        var reached = rows.status(id);
        if (door.leadsFrom(from)) {
            assertThat(from.next()).contains(door.to());
            assertThat(reached).isEqualTo(door.to());
            assertThat(cameFrom(id)).isEqualTo(from.name());
        } else {
            assertThat(reached).isEqualTo(from);
        }
    }

    @Test
    void doorsLeadToAllThatIsLegal() {
        var reachable = new EnumMap<EntryStatus, Set<EntryStatus>>(EntryStatus.class);
        for (var from : EntryStatus.values()) {
            var next = EnumSet.noneOf(EntryStatus.class);
            Arrays.stream(Door.values()).filter(door -> door.leadsFrom(from)).forEach(door -> next.add(door.to()));
            reachable.put(from, next);
        }

        assertThat(reachable).allSatisfy((from, next) -> assertThat(next).isEqualTo(from.next()));
    }

    /** The worker looks at the head before it claims, so the statement's own guard needs a test of its own. */
    @ParameterizedTest
    @EnumSource
    void claimIsGuardedByItself(EntryStatus from) throws SQLException {
        var id = rows.head();
        rows.force(id, from, QueueRows.STRANGER);

        var attempt = Jdbc.first(
                rows.connection(),
                new QueueSql(QueueRows.NAME).claim(),
                row -> row.getInt(1),
                "other",
                lease.token(),
                id);

        assertThat(attempt.isPresent()).isEqualTo(Door.CLAIM.leadsFrom(from));
        assertThat(rows.status(id)).isEqualTo(attempt.isPresent() ? EntryStatus.RUNNING : from);
    }

    @ParameterizedTest
    @EnumSource
    void settlesAsNothingThatEndsNoRun(EntryStatus to) throws SQLException {
        var id = rows.head();
        rows.force(id, EntryStatus.RUNNING, lease.token());

        var delay = to == EntryStatus.RETRYABLE ? 0L : null;
        var settled = Jdbc.update(
                rows.connection(),
                new QueueSql(QueueRows.NAME).settle(),
                to.name(),
                "a test",
                delay,
                false,
                id,
                lease.token());

        var endsARun =
                Arrays.stream(Door.values()).anyMatch(door -> door.leadsFrom(EntryStatus.RUNNING) && door.to() == to);
        assertThat(settled).isEqualTo(endsARun ? 1 : 0);
        assertThat(rows.status(id)).isEqualTo(endsARun ? to : EntryStatus.RUNNING);
    }

    @ParameterizedTest
    @EnumSource(names = {"SUCCEED", "WAIT_FOR_RETRY", "FAIL", "HAND_BACK", "PAUSE_RUN", "CANCEL_RUN"})
    void settlesOnlyUnderTheTokenOfTheRun(Door door) throws SQLException {
        var id = rows.head();
        rows.force(id, EntryStatus.RUNNING, QueueRows.STRANGER);

        door.tryOpen(rows, id, lease);

        assertThat(rows.status(id)).isEqualTo(EntryStatus.RUNNING);
    }

    @Test
    void leavesARunUnderItsOwnTokenAlone() throws SQLException {
        var id = rows.head();
        rows.force(id, EntryStatus.RUNNING, lease.token());

        Door.RECOVER.tryOpen(rows, id, lease);

        assertThat(rows.status(id)).isEqualTo(EntryStatus.RUNNING);
    }

    @ParameterizedTest
    @EnumSource
    void beginsOnlyAsQueuedOrSkipped(EntryStatus status) throws SQLException {
        rows.head();
        rows.database().execute("DELETE FROM async_schema_migrations");
        var entry = new NewEntry("history", "1", "one", null, "One", NewEntry.Terms.USUAL);
        var start = new JdbcEnqueuer.Start(status, "a test", false);

        if (FIRST.contains(status)) {
            JdbcEnqueuer.add(rows.connection(), QueueRows.NAME, entry, start);
            assertThat(rows.queue().find("1"))
                    .hasValueSatisfying(added -> assertThat(added.status()).isEqualTo(status));
        } else {
            assertThatThrownBy(() -> JdbcEnqueuer.add(rows.connection(), QueueRows.NAME, entry, start))
                    .hasMessageContaining("violates check constraint");
            assertThat(rows.queue().list()).isEmpty();
        }
    }

    @Test
    void tableKnowsTheStatusesOfTheEnumAndNoOthers() {
        assertThat(words("async_schema_migrations_status")).isEqualTo(names(EntryStatus.values()));
        assertThat(words("async_schema_attempts_outcome")).isEqualTo(names(Outcome.values()));
    }

    @Test
    void tableRefusesAnUnknownStatus() {
        var id = rows.head();

        assertThatThrownBy(() -> rows.database()
                        .execute("UPDATE async_schema_migrations SET status = 'DONE', came_from = 'QUEUED' WHERE id = "
                                + id))
                .hasStackTraceContaining("async_schema_migrations_status");
    }

    static Stream<Arguments> halves() {
        return Stream.of(
                Arguments.of("RUNNING", "worker = NULL", "running"),
                Arguments.of("RUNNING", "token = NULL", "running"),
                Arguments.of("QUEUED", "worker = 'w', token = 1", "running"),
                Arguments.of("RETRYABLE", "next_attempt_at = NULL", "due"),
                Arguments.of("FAILED", "next_attempt_at = now()", "due"),
                Arguments.of("SUCCEEDED", "finished_at = NULL", "finished"),
                Arguments.of("FAILED", "finished_at = now()", "finished"),
                Arguments.of("QUEUED", "reason = NULL", "reason"),
                Arguments.of("FAILED", "reason = NULL", "reason"),
                Arguments.of("QUEUED", "max_attempts = 0", "max_attempts"),
                Arguments.of("QUEUED", "entry_key = '2'", "key"));
    }

    @ParameterizedTest
    @MethodSource("halves")
    void tableRefusesAStatusWithoutWhatBelongsToIt(EntryStatus status, String change, String constraint)
            throws SQLException {
        var id = rows.head();
        rows.force(id, status, QueueRows.STRANGER);

        assertThatThrownBy(() ->
                        rows.database().execute("UPDATE async_schema_migrations SET " + change + " WHERE id = " + id))
                .hasStackTraceContaining("async_schema_migrations_" + constraint);
    }

    private static Set<String> words(String constraint) {
        var definition = rows.database()
                .column("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = ?", constraint);
        var words = new TreeSet<String>();
        var matcher = Pattern.compile("'([A-Z_]+)'").matcher(String.valueOf(definition.get(0)));
        while (matcher.find()) {
            words.add(matcher.group(1));
        }
        return words;
    }

    private static Set<String> names(Enum<?>... values) {
        var names = new TreeSet<String>();
        Arrays.stream(values).map(Enum::name).forEach(names::add);
        return names;
    }

    private static @Nullable Object cameFrom(long id) {
        return rows.database()
                .column("SELECT came_from FROM async_schema_migrations WHERE id = ?", id)
                .get(0);
    }
}
