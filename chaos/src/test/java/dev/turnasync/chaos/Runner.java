package dev.turnasync.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A runner process and the network between it and the database. */
final class Runner implements AutoCloseable {

    /** Where libfaketime may be. */
    private static final Optional<Path> FAKETIME = Stream.of(
                    "/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")
            .map(directory -> Path.of(directory, "libfaketime.so.1"))
            .filter(Files::isReadable)
            .findFirst();

    private final String worker;
    private final TcpProxy network;
    private final Process process;
    private final Thread atEnd;
    private volatile boolean told;

    private Runner(String worker, TcpProxy network, Process process) {
        this.worker = worker;
        this.network = network;
        this.process = process;
        this.atEnd = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(atEnd);
    }

    static boolean canSkewClocks() {
        return FAKETIME.isPresent();
    }

    /**
     * Starts a runner.
     *
     * @param options what it is told, without {@code worker} and {@code url}
     * @param database the database's name
     * @param upstream the port to which its connections go
     * @param log where it writes
     */
    static Runner start(RunnerOptions options, String database, int upstream, Path log) {
        var worker = log.getFileName().toString().replace(".log", "");
        var network = new TcpProxy(upstream);
        var url = Database.url(database, network.port()) + (options.is("pooler") ? "?prepareThreshold=0" : "");
        var command = new ArrayList<String>();
        command.addAll(List.of(java(options), "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-Xshare:auto", "-cp"));
        command.add(System.getProperty("java.class.path"));
        var logging = System.getProperty("java.util.logging.config.file");
        if (logging != null) {
            command.add("-Djava.util.logging.config.file=" + logging);
            command.add("-Djava.util.logging.manager=" + LastingLogs.class.getName());
        }
        command.add(RunnerMain.class.getName());
        command.addAll(
                Arrays.asList(options.with("worker", worker).with("url", url).arguments()));
        return new Runner(worker, network, Commands.start(command, environment(options), log));
    }

    private static String java(RunnerOptions options) {
        var java = options.text("java");
        return java == null ? ProcessHandle.current().info().command().orElse("java") : java;
    }

    private static Map<String, String> environment(RunnerOptions options) {
        var clock = options.text("clock");
        if (clock == null) {
            return Map.of();
        }
        // With the monotonic clock shifted, too; told not to, libfaketime lets the JVM's waits end at once.
        return Map.of("LD_PRELOAD", FAKETIME.orElseThrow().toString(), "FAKETIME", clock, "FAKETIME_DISABLE_SHM", "1");
    }

    String worker() {
        return worker;
    }

    TcpProxy network() {
        return network;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Whether nobody asked it to end and it ended. */
    boolean endedByItself() {
        return !told && !process.isAlive();
    }

    /** Expects it to end, though nobody asks it to. */
    void endsByItself() {
        told = true;
    }

    void kill() {
        told = true;
        process.destroyForcibly();
    }

    /** As a deploy does; not by {@code destroy}, which would close its standard input, too. */
    void terminate() {
        told = true;
        signal("TERM");
    }

    void freeze() {
        signal("STOP");
    }

    void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        if (process.isAlive()) {
            Commands.run(List.of("kill", "-" + name, Long.toString(process.pid())));
        }
    }

    /** Whether the process ended within some time. */
    boolean ended(int seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        ended(10);
        network.close();
        Runtime.getRuntime().removeShutdownHook(atEnd);
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
