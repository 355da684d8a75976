package dev.turnasync.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together and turns whatever happens into an exit code. */
final class TurnAsyncCommandLine {

    private static final int HELP_COLUMNS = 100;

    private final Surroundings surroundings;
    private final Screen errors;
    private final CommandLine commandLine;

    TurnAsyncCommandLine(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.errors = new Screen(surroundings.err(), false, surroundings.secrets()::hide);
        this.commandLine = new CommandLine(new TurnAsyncCommand());
        commands(surroundings).forEach(commandLine::addSubcommand);
        commandLine.addSubcommand(SchemaCommand.with(surroundings));
        commandLine.addSubcommand(new CompletionCommand(surroundings));
        commandLine.addSubcommand(new ManCommand(surroundings));
        configure();
    }

    /** Runs one command line. */
    int run(String... arguments) {
        try {
            var beforeEnd = Stream.of(arguments).takeWhile(word -> !word.equals("--"));
            if (beforeEnd.anyMatch(word -> word.startsWith("--password="))) {
                throw CliException.usage(ConnectionOptions.NO_PASSWORD_HERE);
            }
            return commandLine.execute(arguments);
        } catch (CliException | LinkageError e) {
            return Failures.report(e, errors, List.of(arguments).contains("--verbose"));
        }
    }

    private static List<Callable<Integer>> commands(Surroundings surroundings) {
        return List.of(
                new CheckQueueCommand(surroundings),
                new ListCommand(surroundings),
                new ShowCommand(surroundings),
                new WatchCommand(surroundings),
                new RetryCommand(surroundings),
                new SkipCommand(surroundings),
                new MarkAppliedCommand(surroundings),
                new UndoCommand(surroundings),
                new PauseCommand(surroundings),
                new ResumeCommand(surroundings),
                new CancelCommand(surroundings),
                new ThrottleCommand(surroundings),
                new DrainCommand(surroundings),
                new WaitCommand(surroundings),
                new AuditCommand(surroundings),
                new DoctorCommand(surroundings));
    }

    private void configure() {
        var colors = OutputOptions.colorsByDefault(surroundings) ? Help.Ansi.ON : Help.Ansi.OFF;
        var columns =
                surroundings.terminal().interactive() ? surroundings.terminal().columns() : HELP_COLUMNS;
        commandLine.setOut(surroundings.out());
        commandLine.setErr(surroundings.err());
        commandLine.setColorScheme(Help.defaultColorScheme(colors));
        commandLine.setUsageHelpWidth(Math.max(80, Math.min(HELP_COLUMNS, columns)));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler((failure, arguments) -> usage(failure));
        commandLine.setExecutionExceptionHandler((failure, command, parsed) ->
                Failures.report(failure, errors, command.getParseResult().hasMatchedOption("--verbose")));
        withSubcommands(commandLine)
                .map(command -> command.getCommandSpec().usageMessage())
                .forEach(help -> help.sortOptions(false)
                        .abbreviateSynopsis(true)
                        .exitCodeListHeading("%nExit codes:%n")
                        .exitCodeList(ExitCode.explained()));
    }

    private static Stream<CommandLine> withSubcommands(CommandLine line) {
        return Stream.concat(
                Stream.of(line),
                line.getSubcommands().values().stream().flatMap(TurnAsyncCommandLine::withSubcommands));
    }

    /** Repeats no unknown word, for it might be a password that missed its option. */
    private int usage(ParameterException failure) {
        if (failure.getCause() instanceof CliException own) {
            return Failures.report(own, errors, false);
        }
        var name = failure.getCommandLine().getCommandSpec().qualifiedName();
        var message =
                failure instanceof UnmatchedArgumentException unmatched ? unknown(unmatched) : failure.getMessage();
        errors.block("turnasync: ", "    ", String.valueOf(message));
        errors.line("'" + name + " --help' tells what it can do.");
        return ExitCode.USAGE;
    }

    private static String unknown(UnmatchedArgumentException failure) {
        var first =
                failure.getUnmatched().isEmpty() ? "" : failure.getUnmatched().get(0);
        var suggestions = failure.getSuggestions();
        var meant = suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
        if (first.startsWith("-")) {
            return "unknown option " + first.replaceFirst("=.*", "") + meant;
        }
        return (failure.getCommandLine().getParent() == null ? "unknown command" : "a word too many") + meant;
    }
}
