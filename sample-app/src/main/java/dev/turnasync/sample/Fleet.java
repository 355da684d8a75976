package dev.turnasync.sample;

import dev.turnasync.AsyncMigrations;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.MigrationQueue;
import dev.turnasync.api.QueueEntry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** Nodes in processes of their own, which drain one queue. If asked, the one at work is killed every few seconds, and replaced. */
final class Fleet implements Background {

    private static final Duration KILL_EVERY = Duration.ofSeconds(3);

    private final Screen screen;
    private final PGSimpleDataSource database;
    private final Release release;
    private final Choice choice;
    private final AsyncMigrations operator;
    private final List<FleetNode> nodes = new ArrayList<>();
    private int started;
    private int killed;
    private long killedAt = System.nanoTime();

    Fleet(Screen screen, PGSimpleDataSource database, Choice choice, Deploy deploy) {
        this.screen = screen;
        this.database = database;
        this.release = deploy.release();
        this.choice = choice;
        this.operator = AsyncMigrations.of(deploy.flyway());
    }

    @Override
    public MigrationQueue queue() {
        return operator.queue();
    }

    @Override
    public void start() throws IOException {
        for (var n = 1; n <= choice.nodes(); n++) {
            add();
        }
    }

    private void add() throws IOException {
        started++;
        screen.status("  node-%d starts ...", started);
        nodes.add(FleetNode.start("node-" + started, database, release, choice.worker()));
        screen.line("  node-%d is up", started);
    }

    @Override
    public void look(List<QueueEntry> entries) {
        if (!choice.kill() || System.nanoTime() - killedAt < KILL_EVERY.toNanos()) {
            return;
        }
        entries.stream()
                .filter(entry -> entry.status() == EntryStatus.RUNNING)
                .findFirst()
                .ifPresent(this::killWhoRuns);
    }

    private void killWhoRuns(QueueEntry entry) {
        var run = entry.run();
        var victim = nodes.stream()
                .filter(node -> run != null && node.name().equals(run.worker()))
                .findFirst();
        if (victim.isEmpty()) {
            return; // killed before; nobody has taken over yet
        }
        victim.get().kill();
        nodes.remove(victim.get());
        killed++;
        var percent = entry.progress().percent();
        screen.line(
                "  @|red %s is killed|@ while it runs %s%s",
                victim.get().name(), entry.label(), percent.isPresent() ? " (" + percent.getAsInt() + " %)" : "");
        try {
            add();
        } catch (IOException e) {
            screen.line("  no new node: %s", e.getMessage());
        }
        killedAt = System.nanoTime();
    }

    int killed() {
        return killed;
    }

    @Override
    public void close() {
        nodes.forEach(FleetNode::stop);
        nodes.forEach(FleetNode::awaitEnd);
        operator.close();
    }
}
