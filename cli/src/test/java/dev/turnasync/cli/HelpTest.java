package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HelpTest {

    @Test
    void showsEveryCommandAndWhereToStart() {
        var help = CommandLineRun.inPipe().run("--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .contains(
                        "check-queue",
                        "list",
                        "show",
                        "retry",
                        "skip",
                        "mark-applied",
                        "undo",
                        "wait",
                        "audit",
                        "drain",
                        "Exit codes:",
                        "Start with these:")
                .contains("A password is never taken from the command line");
        assertThat(help.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "check-queue",
                "list",
                "show",
                "watch",
                "retry",
                "skip",
                "pause",
                "resume",
                "cancel",
                "throttle",
                "drain",
                "doctor",
                "schema print",
                "schema apply",
                "schema version"
            })
    void teachesEachCommand(String command) {
        var help = CommandLineRun.inPipe().run((command + " --help").split(" ", -1));

        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .contains("Examples:\n  turnasync " + command, "JSON: ", "Exit codes:", "--password-file=FILE")
                .contains("      --password  ")
                .contains("  3          cannot reach the database");
        assertThat(help.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void suggestsWhatWasMeant() {
        assertThat(CommandLineRun.inPipe().run("chek-queue").err())
                .contains("unknown command; did you mean check-queue");
        assertThat(CommandLineRun.inPipe().run("list", "--jsn").err())
                .contains("unknown option --jsn; did you mean --json");
    }

    @Test
    void tellsTheVersion() {
        assertThat(CommandLineRun.inPipe().run("--version").out()).startsWith("turnasync ");
    }
}
