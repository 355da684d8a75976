package dev.turnasync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code turnasync man}: the manual page. */
@Command(
        name = "man",
        description = "Prints the manual page, with every command and option, for man.",
        footer = {
            "",
            "Examples:",
            "  turnasync man > /usr/local/share/man/man1/turnasync.1",
            "  turnasync man > turnasync.1 && man -l turnasync.1"
        })
final class ManCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    private final Surroundings surroundings;

    ManCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        surroundings.out().print(ManPage.of(spec.root()));
        surroundings.out().flush();
        return ExitCode.OK;
    }
}
