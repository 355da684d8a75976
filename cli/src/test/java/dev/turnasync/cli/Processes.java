package dev.turnasync.cli;

import dev.turnasync.fixture.Jvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts the command line as an operator's shell would: in a JVM of its own. */
final class Processes {

    private static final int LONGEST_SECONDS = 240;

    private Processes() {}

    /**
     * A process whose output goes to a file.
     *
     * @param process the process
     * @param output where its two streams go
     */
    record Running(Process process, Path output) {

        /** Waits for the end, kills it when it takes too long, and returns what it printed. */
        CommandLineRun end() {
            try {
                if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException("it hangs: " + Files.readString(output));
                }
                return new CommandLineRun(process.exitValue(), Files.readString(output), "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    static Running main(Path folder, Map<String, String> environment, String... arguments) {
        return start(folder, environment, List.of("-cp", Jvm.classPath(), "dev.turnasync.cli.Main"), arguments);
    }

    static Running jar(Path folder, Map<String, String> environment, Path jar, String... arguments) {
        return start(folder, environment, List.of("-jar", jar.toString()), arguments);
    }

    private static Running start(Path folder, Map<String, String> environment, List<String> how, String... arguments) {
        try {
            var words = new ArrayList<>(how);
            words.addAll(List.of(arguments));
            var output = Files.createTempFile(folder, "output", ".txt");
            var builder = Jvm.with(words).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            return new Running(builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
