package dev.turnasync.cli;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * What one command line in this JVM did.
 *
 * @param exitCode how it ended
 * @param out what it answered
 * @param err what it said beside
 */
record CommandLineRun(int exitCode, String out, String err) {

    static final int ROWS = 12;

    private static final Path NOWHERE = Path.of("target", "no-such-directory");

    static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    /** Everything printed, on whatever stream. */
    String all() {
        return out + err;
    }

    /** The answer as JSON; fails unless it is one object and nothing else. */
    JsonNode json() {
        try {
            return new ObjectMapper()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(out);
        } catch (IOException e) {
            throw new UncheckedIOException(out, e);
        }
    }

    static Surrounding inPipe() {
        return new Surrounding(Map.of(), false, 80, Optional.empty(), NOWHERE, List.of(), () -> NOW);
    }

    static Surrounding onTerminal(int columns) {
        return new Surrounding(Map.of(), true, columns, Optional.empty(), NOWHERE, List.of(), () -> NOW);
    }

    /**
     * Where a command line runs.
     *
     * @param environment the variables
     * @param terminal whether somebody watches
     * @param columns how wide the terminal is
     * @param answer what the person types when asked for a password
     * @param directory the working directory
     * @param meanwhile what happens in the pauses of a watch; after the last one it ends
     * @param clock the time of this machine
     */
    record Surrounding(
            Map<String, String> environment,
            boolean terminal,
            int columns,
            Optional<String> answer,
            Path directory,
            List<Runnable> meanwhile,
            InstantSource clock) {

        Surrounding with(String variable, String value) {
            var more = new HashMap<>(environment);
            more.put(variable, value);
            return new Surrounding(more, terminal, columns, answer, directory, meanwhile, clock);
        }

        Surrounding in(Path folder) {
            return new Surrounding(environment, terminal, columns, answer, folder, meanwhile, clock);
        }

        Surrounding meanwhile(Runnable... events) {
            return new Surrounding(environment, terminal, columns, answer, directory, List.of(events), clock);
        }

        /** With a clock that goes. */
        Surrounding today() {
            return new Surrounding(
                    environment, terminal, columns, answer, directory, meanwhile, InstantSource.system());
        }

        Surrounding answering(String password) {
            return new Surrounding(environment, terminal, columns, Optional.of(password), directory, meanwhile, clock);
        }

        CommandLineRun run(String... arguments) {
            var out = new StringWriter();
            var err = new StringWriter();
            var left = new ArrayDeque<>(meanwhile);
            var surroundings = new Surroundings(
                    new PrintWriter(out, true),
                    new PrintWriter(err, true),
                    environment,
                    directory,
                    new Surroundings.Terminal(
                            terminal,
                            columns,
                            question -> {
                                err.append(question);
                                return answer;
                            },
                            new Surroundings.Live(() -> new TerminalSize(columns, ROWS), time -> next(left))),
                    clock,
                    new Secrets());
            var exitCode = new TurnAsyncCommandLine(surroundings).run(arguments);
            return new CommandLineRun(exitCode, out.toString(), err.toString());
        }

        private static boolean next(Queue<Runnable> left) {
            var event = left.poll();
            if (event == null) {
                return false;
            }
            event.run();
            return true;
        }
    }
}
