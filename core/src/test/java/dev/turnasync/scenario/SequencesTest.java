package dev.turnasync.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.AsyncMigrationException;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** After a failover by logical replication, which copies rows and no sequences. */
class SequencesTest {

    private final Script first = Script.async("1", Script.note("1"));
    private final Script second = Script.async("2", Script.note("2"));
    private Deployment build;

    @BeforeEach
    void failover() {
        build = Deployment.of(first, second).migrate();
        var queue = build.node().queue();
        queue.pause("1", "ada", "before the failover");
        queue.resume("1", "ada", "before the failover");
        build.database().execute("""
                ALTER SEQUENCE async_schema_migrations_id_seq RESTART;
                ALTER SEQUENCE async_schema_actions_id_seq RESTART""");
    }

    @AfterEach
    void close() {
        build.close();
    }

    private List<Finding> findings(AsyncMigrations node) {
        return node.queue().check().findings().stream()
                .filter(finding -> finding.kind() == Kind.SEQUENCE_BEHIND)
                .toList();
    }

    @Test
    void migrateQueuesWithANumberThatIsFree() {
        var next = build.next(first, second, Script.async("3", Script.note("3")), Script.async("4", Script.note("4")));

        next.migrate();
        next.node().drain();

        assertThat(build.journal()).containsExactly("1", "2", "3", "4");
        assertThat(build.database().column("SELECT id FROM async_schema_migrations ORDER BY id"))
                .containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void operatorsActAndUndo() {
        var queue = build.node().queue();

        queue.pause("1", "ada", "after the failover");
        queue.resume("1", "ada", "after the failover");
        queue.undo("2", "ada", "never ran");
        queue.retry("2", "ada", "after all");

        assertThat(build.status("2")).isEqualTo(EntryStatus.QUEUED);
        assertThat(queue.actions(10)).hasSize(6);
    }

    @Test
    void theCheckNamesThemAndFixMovesThemOn() {
        var node = build.node();

        assertThat(findings(node))
                .extracting(Finding::message)
                .anySatisfy(
                        message -> assertThat(message)
                                .contains(
                                        "public.async_schema_migrations_id_seq is 2 behind the rows of async_schema_migrations"))
                .hasSize(2);
        assertThat(node.queue().dryRun().fix("ada").fixed()).hasSize(2);
        assertThat(findings(node)).hasSize(2);
        assertThat(node.queue().fix("ada").fixed())
                .contains("moved the sequence public.async_schema_migrations_id_seq on by 2, behind the rows of"
                        + " async_schema_migrations");
        assertThat(findings(node)).isEmpty();
        assertThat(node.queue().fix("ada").fixed()).isEmpty();
    }

    @Test
    void isNotToldWhereTheNextNumberIsFree() {
        build.database().execute("""
                SELECT setval('async_schema_migrations_id_seq', 3, FALSE), setval('async_schema_actions_id_seq', 2, TRUE)""");

        assertThat(findings(build.node())).isEmpty();
    }

    @Test
    void aUserWhoMayNotMoveItOnIsToldWhoMay() {
        var role = "operator_" + UUID.randomUUID().toString().replace("-", "");
        build.database()
                .execute("CREATE ROLE " + role + " LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role
                        + "; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO " + role);
        var queue = build.node(
                        AsyncMigrations.builder(build.flyway(build.database().dataSourceAs(role))))
                .queue();

        assertThatThrownBy(() -> queue.skip("1", "ada", "not needed"))
                .isInstanceOf(AsyncMigrationException.class)
                .hasMessageContaining("async_schema_actions_id_seq is 2 behind")
                .hasMessageContaining("GRANT USAGE ON SEQUENCE public.async_schema_actions_id_seq");
    }
}
