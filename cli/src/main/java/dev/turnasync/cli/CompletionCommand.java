package dev.turnasync.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code turnasync completion}: what makes a shell complete commands and options. */
@Command(
        name = "completion",
        description = "Prints a script that makes bash or zsh complete commands and options.",
        footer = {
            "",
            "Examples:",
            "  source <(turnasync completion)",
            "  turnasync completion > /etc/bash_completion.d/turnasync"
        })
final class CompletionCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    private final Surroundings surroundings;

    CompletionCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        var root = spec.root();
        surroundings.out().print(AutoComplete.bash(root.name(), root.commandLine()));
        surroundings.out().flush();
        return ExitCode.OK;
    }
}
