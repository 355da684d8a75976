package dev.turnasync.resumable;

import dev.turnasync.api.QueueEntry.Progress;
import dev.turnasync.database.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.api.migration.Context;

/** A fresh database, and schema changes on a connection to it, whose waits can be used to change what they wait for. */
final class Bench implements AutoCloseable {

    /** What a test does while the code under test waits. */
    @FunctionalInterface
    interface Meanwhile {
        void run() throws Exception;
    }

    static final LockPolicy QUICK =
            new LockPolicy(4, Duration.ofMillis(20), Duration.ofMillis(40), Duration.ofMillis(1), Duration.ofMillis(5));

    private final TestDatabase database = TestDatabase.fresh();
    private final Connection connection;
    private final Recorder context;
    private final List<Connection> sessions = new ArrayList<>();
    private final List<String> logs = new ArrayList<>();
    private final List<Progress> reports = new ArrayList<>();
    private int waits;
    private Meanwhile meanwhile = () -> {};
    private Meanwhile beforeTransactions = () -> {};

    Bench() throws SQLException {
        connection = database.dataSource().getConnection();
        context = new Recorder(new InlineContext(new Plain(Flyway.configure(), connection)));
    }

    Ddl ddl() {
        return context.ddl().with(QUICK);
    }

    LockLadder ladder() {
        return new LockLadder(context, QUICK);
    }

    AsyncContext context() {
        return context;
    }

    Connection connection() {
        return connection;
    }

    TestDatabase database() {
        return database;
    }

    void execute(String sql) {
        database.execute(sql);
    }

    /** What a query of one column gives, as text. */
    List<String> texts(String sql) {
        return database.column(sql).stream().map(String::valueOf).toList();
    }

    String definition(String index) {
        return texts("SELECT pg_get_indexdef(to_regclass('" + index + "'))").get(0);
    }

    /** Whether an index is valid; empty when there is none. */
    Optional<String> valid(String index) {
        return texts("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('" + index + "')").stream()
                .findFirst();
    }

    /** Another session, with a transaction in which it did something. */
    Connection hold(String sql) throws SQLException {
        var session = session("a report");
        session.setAutoCommit(false);
        try (var statement = session.createStatement()) {
            statement.execute(sql);
        }
        return session;
    }

    Connection session(String name) throws SQLException {
        var session = database.dataSource().getConnection();
        session.setClientInfo("ApplicationName", name);
        sessions.add(session);
        return session;
    }

    /** What happens each time the code under test waits. */
    void onWait(Meanwhile what) {
        meanwhile = what;
    }

    /** What happens before each transaction of the code under test. */
    void beforeTransactions(Meanwhile what) {
        beforeTransactions = what;
    }

    List<String> logs() {
        return logs;
    }

    List<Progress> reports() {
        return reports;
    }

    int waits() {
        return waits;
    }

    @Override
    public void close() throws SQLException {
        for (var session : sessions) {
            session.close();
        }
        connection.close();
        database.close();
    }

    private record Plain(Configuration configuration, Connection connection) implements Context {
        @Override
        public Configuration getConfiguration() {
            return configuration;
        }

        @Override
        public Connection getConnection() {
            return connection;
        }
    }

    private final class Recorder implements AsyncContext {

        private final AsyncContext inline;

        Recorder(AsyncContext inline) {
            this.inline = inline;
        }

        @Override
        public Configuration getConfiguration() {
            return inline.getConfiguration();
        }

        @Override
        public Connection getConnection() {
            return inline.getConnection();
        }

        @Override
        public String label() {
            return inline.label();
        }

        @Override
        public int attempt() {
            return inline.attempt();
        }

        @Override
        public Optional<String> checkpoint(String name) {
            return inline.checkpoint(name);
        }

        @Override
        public Set<String> checkpointNames() {
            return inline.checkpointNames();
        }

        @Override
        public <T> T inTransaction(TransactionWork<T> work) throws Exception {
            beforeTransactions.run();
            return inline.inTransaction(work);
        }

        @Override
        public void await(Duration time) {
            waits++;
            try {
                meanwhile.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            inline.await(Duration.ofMillis(Math.min(20, time.toMillis())));
        }

        @Override
        public void report(Progress progress) {
            reports.add(progress);
        }

        @Override
        public void log(String line) {
            logs.add(line);
        }

        @Override
        public void warn(String warning) {
            logs.add(warning);
        }

        @Override
        public boolean stopRequested() {
            return false;
        }

        @Override
        public Optional<String> heldBy() {
            return Optional.empty();
        }

        @Override
        public Optional<Fork> fork() {
            return Optional.empty();
        }

        @Override
        public Steps steps() {
            return inline.steps();
        }
    }
}
