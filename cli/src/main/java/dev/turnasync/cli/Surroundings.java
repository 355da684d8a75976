package dev.turnasync.cli;

import java.io.Console;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a command sees of the world.
 *
 * @param out for the answer
 * @param err for errors and logs
 * @param environment the environment variables
 * @param directory the working directory
 * @param terminal whether somebody watches, and how wide it is
 * @param clock tells how long ago something was
 * @param secrets what must never be printed
 */
record Surroundings(
        PrintWriter out,
        PrintWriter err,
        Map<String, String> environment,
        Path directory,
        Terminal terminal,
        InstantSource clock,
        Secrets secrets) {

    /**
     * The terminal, if there is one.
     *
     * @param interactive whether the answer goes to a terminal
     * @param columns its width; used only when it is interactive
     * @param askHidden asks without echo; empty when nobody can be asked
     * @param live what a picture that changes needs
     */
    record Terminal(boolean interactive, int columns, Function<String, Optional<String>> askHidden, Live live) {}

    /**
     * What a picture that changes needs.
     *
     * @param size how large the terminal is now
     * @param pause waits for a time; false when the watching should end
     */
    record Live(Supplier<TerminalSize> size, Predicate<Duration> pause) {}

    // Main asks for the console that is null where there is no terminal, on every JDK.
    @SuppressWarnings("SystemConsoleNull")
    static Surroundings real() {
        var environment = System.getenv();
        var console = System.console();
        var columns = console == null ? TerminalWidth.UNKNOWN : TerminalWidth.detect(environment);
        return new Surroundings(
                writer(System.out),
                writer(System.err),
                environment,
                Path.of("").toAbsolutePath(),
                new Terminal(
                        console != null,
                        columns,
                        question -> ask(console, question),
                        new Live(() -> TerminalSize.detect(environment, columns), Surroundings::pause)),
                Clock.systemUTC(),
                new Secrets());
    }

    private static Optional<String> ask(@Nullable Console console, String question) {
        return Optional.ofNullable(console)
                .map(present -> present.readPassword("%s", question))
                .map(String::new);
    }

    /** Waits; ends early only when this thread is interrupted. */
    private static boolean pause(Duration time) {
        try {
            return !new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, charset()), true);
    }

    /** The terminal's charset. Containers often set no locale, which means ASCII to Java although their terminal knows UTF-8. */
    private static Charset charset() {
        var name = System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding", ""));
        var charset = !name.isEmpty() && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
        return charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset;
    }
}
