package dev.turnasync.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;

/** Where test servers keep their data: in memory, where a database is created many times faster, if the machine has room. */
public final class RamDisk {

    private static final Path MEMORY = Path.of("/dev/shm");

    /** What the servers of a build use at most, and then some. */
    private static final long LEAST_BYTES = 2L << 30;

    /** So long a server may take until it holds its lock. */
    private static final Duration SETTING_UP = Duration.ofMinutes(10);

    private RamDisk() {}

    /** A path in memory for the data of one server, not yet created; empty where there is no such disk or too little room. */
    public static Optional<Path> newDirectory() {
        var home = MEMORY.resolve("turnasync-tests-" + System.getProperty("user.name"));
        try {
            if (!Files.isWritable(MEMORY) || Files.getFileStore(MEMORY).getUsableSpace() < LEAST_BYTES) {
                return Optional.empty();
            }
            Files.createDirectories(home);
            removeWhatKilledBuildsLeft(home);
            return Optional.of(home.resolve(UUID.randomUUID().toString()));
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    private static void removeWhatKilledBuildsLeft(Path home) throws IOException {
        try (var servers = Files.list(home)) {
            for (var data : servers.toList()) {
                if (isAbandoned(data)) {
                    end(data);
                    remove(data);
                }
            }
        }
    }

    /** Whether nobody holds the lock that the library keeps as long as its JVM lives. */
    private static boolean isAbandoned(Path data) throws IOException {
        var lock = data.resolve("epg-lock");
        if (!Files.exists(lock)
                || Files.getLastModifiedTime(lock)
                        .toInstant()
                        .isAfter(Instant.now().minus(SETTING_UP))) {
            return false;
        }
        try (var channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                var taken = channel.tryLock()) {
            return taken != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Ends the server that is still at work there. */
    private static void end(Path data) throws IOException {
        var pid = data.resolve("postmaster.pid");
        if (Files.exists(pid)) {
            ProcessHandle.of(Long.parseLong(Files.readAllLines(pid).get(0).trim()))
                    .filter(process -> process.info().commandLine().orElse("").contains(data.toString()))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private static void remove(Path data) throws IOException {
        try (var files = Files.walk(data)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
