package dev.turnasync.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A node in a process of its own.
 *
 * @param name the node's name, which is its worker's id
 * @param process the process
 */
record FleetNode(String name, Process process) {

    private static final int SECONDS_TO_END = 30;

    /** Starts a node and waits until it works. */
    static FleetNode start(String name, PGSimpleDataSource database, Release release, WorkerKind worker)
            throws IOException {
        var java = ProcessHandle.current().info().command().orElse("java");
        var builder = new ProcessBuilder(List.of(
                java,
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NodeMain.class.getName(),
                name,
                release.name(),
                worker.name()));
        builder.environment().put(NodeMain.URL, database.getURL());
        builder.environment().put(NodeMain.USER, String.valueOf(database.getUser()));
        if (database.getPassword() != null) {
            builder.environment().put(NodeMain.PASSWORD, database.getPassword());
        }
        var process = builder.redirectError(Redirect.INHERIT).start();
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        if (!NodeMain.READY.equals(out.readLine())) {
            process.destroyForcibly();
            throw new IOException(name + " did not start");
        }
        return new FleetNode(name, process);
    }

    /** As a crash does: the process ends at once, with whatever it was doing. */
    void kill() {
        process.destroyForcibly();
    }

    /** A node ends by itself when its parent lets go of it, so that none outlives the sample. */
    void stop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitEnd() {
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
