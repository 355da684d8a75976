package dev.turnasync.cli;

import dev.turnasync.fixture.ClosedPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Two migrated shops and one shard that nobody can reach, in the order eu-1, eu-2, us-1, and the file that names them. */
record ShopShards(Shop eu1, Shop us1, Path file) implements AutoCloseable {

    static ShopShards in(Path folder) {
        var eu1 = Shop.migrated();
        var us1 = Shop.migrated();
        return new ShopShards(eu1, us1, write(folder, eu1, us1));
    }

    private static Path write(Path folder, Shop eu1, Shop us1) {
        try {
            return Files.writeString(
                    folder.resolve("shards.properties"), """
                    shards = eu-1, eu-2, us-1
                    shard.eu-1.url = %s
                    shard.eu-2.url = jdbc:postgresql://localhost:%d/shop
                    shard.us-1.url = %s
                    """.formatted(eu1.url(), ClosedPort.number(), us1.url()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a line to the file. */
    ShopShards saying(String line) {
        try {
            Files.writeString(file, Files.readString(file) + line + "\n");
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CommandLineRun run(String... words) {
        return run(CommandLineRun.inPipe(), words);
    }

    CommandLineRun run(CommandLineRun.Surrounding surrounding, String... words) {
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--shards", file.toString()));
        return surrounding.run(all.toArray(String[]::new));
    }

    CommandLineRun all(String... words) {
        var all = new ArrayList<>(List.of(words));
        all.add("--all-shards");
        return run(all.toArray(String[]::new));
    }

    @Override
    public void close() {
        eu1.close();
        us1.close();
    }
}
