package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manual page and the completion know every command and option that the help knows. */
final class ManualTest {

    private static final List<String> COMMANDS = List.of(
            "check-queue",
            "list",
            "show",
            "watch",
            "retry",
            "skip",
            "mark-applied",
            "undo",
            "wait",
            "audit",
            "pause",
            "resume",
            "cancel",
            "throttle",
            "drain",
            "doctor",
            "schema",
            "completion",
            "man");
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]+");

    private static String help(String... words) {
        return CommandLineRun.inPipe().run(words).out();
    }

    private static Set<String> optionsOfAllHelps() {
        var options = new TreeSet<String>();
        for (var command : COMMANDS) {
            OPTION.matcher(help(command, "--help"))
                    .results()
                    .map(match -> match.group())
                    .forEach(options::add);
        }
        for (var command : List.of("print", "apply", "version")) {
            OPTION.matcher(help("schema", command, "--help"))
                    .results()
                    .map(match -> match.group())
                    .forEach(options::add);
        }
        options.removeIf(option -> List.of("--single-transaction", "--set").contains(option));
        return options;
    }

    @Test
    void ofTheTestNamesEveryCommand() {
        assertThat(help("--help").lines().filter(line -> line.matches("  [a-z-]+ {2,}.*")))
                .extracting(line -> line.strip().split(" ", -1)[0])
                .containsAll(COMMANDS);
    }

    @Test
    void rendersWithEverythingInIt(@TempDir Path folder) throws IOException, InterruptedException {
        var man = CommandLineRun.inPipe().run("man");
        assertThat(man.exitCode()).isZero();
        assertThat(man.err()).isEmpty();
        assertThat(man.out()).startsWith(".TH \"TURNASYNC\" \"1\"");
        assertThat(man.out().chars()).allMatch(character -> character < 0x80);
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "groff renders it where it is there");
        var page = Files.writeString(folder.resolve("turnasync.1"), man.out());
        var errors = folder.resolve("errors");
        var process = new ProcessBuilder("groff", "-man", "-Tutf8", "-P-cbou", "-ww", "-rLL=100n", page.toString())
                .redirectError(errors.toFile())
                .start();

        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        process.waitFor();
        assertThat(Files.readString(errors)).isEmpty();
        assertThat(text).contains("NAME", "SYNOPSIS", "EXIT STATUS", "turnasync schema apply", "KEY");
        assertThat(COMMANDS).allSatisfy(command -> assertThat(text).contains("turnasync " + command));
        assertThat(optionsOfAllHelps())
                .isNotEmpty()
                .allSatisfy(option -> assertThat(text).contains(option));
        assertThat(text).contains("turnasync retry 7 --reason 'index on users.email is there now' --actor alice");
    }

    @Test
    void completesEverything(@TempDir Path folder) throws IOException, InterruptedException {
        var completion = CommandLineRun.inPipe().run("completion");

        assertThat(completion.exitCode()).isZero();
        assertThat(completion.out()).contains("zsh");
        assertThat(COMMANDS).allSatisfy(command -> assertThat(completion.out()).contains(command));
        assertThat(optionsOfAllHelps())
                .allSatisfy(option -> assertThat(completion.out()).contains("'" + option + "'"));
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash tries it where it is there");
        var script = Files.writeString(folder.resolve("completion.bash"), completion.out());
        assertThat(complete(script, "turnasync sch")).containsExactly("schema");
        assertThat(complete(script, "turnasync throttle --f")).containsExactly("--for");
        assertThat(complete(script, "turnasync schema apply --dry")).containsExactly("--dry-run");
    }

    /** What bash would offer behind a line. */
    private static List<String> complete(Path script, String line) throws IOException, InterruptedException {
        var words = line.split(" ", -1);
        var program = """
                source "$1"; shift; COMP_LINE="$*"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_POINT=${#COMP_LINE}
                _complete_turnasync turnasync "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """;
        var command = new ArrayList<>(List.of("bash", "-c", program, "bash", script.toString()));
        command.addAll(List.of(words));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out.lines().map(String::strip).filter(word -> !word.isEmpty()).toList();
    }
}
