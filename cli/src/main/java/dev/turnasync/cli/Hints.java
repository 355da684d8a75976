package dev.turnasync.cli;

import dev.turnasync.api.QueueReport.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes commands that a person can paste into a shell: with the options that were given this time, and with everything quoted
 * that a shell would obey, for a key comes from a database.
 *
 * @param connection the connection or shard options to repeat; where they name a shard, a command that knows none asks for a URL
 * @param classes the class options to repeat, for commands that know them
 * @param classesKnown whether the next command finds the classes, be it by these options or by the configuration file
 */
record Hints(List<String> connection, List<String> classes, boolean classesKnown) {

    Hints(List<String> connection, List<String> classes) {
        this(connection, classes, !classes.isEmpty());
    }

    private static final Set<String> WITHOUT_CLASSES = Set.of(
            "list",
            "show",
            "pause",
            "resume",
            "cancel",
            "throttle",
            "watch",
            "doctor",
            "schema apply",
            "undo",
            "wait",
            "audit");
    private static final Set<String> ONE_DATABASE = Set.of("watch", "doctor", "schema apply", "audit");
    private static final Pattern HARMLESS = Pattern.compile("[\\p{Alnum}_./:=@%+,-]+");
    private static final Pattern PLAIN_COMMAND = Pattern.compile("`(check-queue( --fix)?|drain|list|schema apply)`");
    private static final String REASON = " --reason …";

    /** Writes a command with the options that it needs to reach the same queue. */
    String command(String name, String... arguments) {
        var words = new ArrayList<>(List.of("turnasync"));
        words.addAll(Arrays.asList(name.split(" ", -1)));
        words.addAll(Arrays.asList(arguments));
        words.addAll(
                connection.contains("--shard") && ONE_DATABASE.contains(name) ? List.of("--url", "…") : connection);
        if (!WITHOUT_CLASSES.contains(name)) {
            words.addAll(name.equals("drain") && !classesKnown ? List.of("--jar", "FILE") : classes);
        }
        return words.stream().map(Hints::quote).collect(Collectors.joining(" "));
    }

    /** Completes the commands in a finding's next step. */
    String nextStep(Finding finding) {
        var subject = finding.subject();
        if (subject == null) {
            return text(finding.nextStep());
        }
        var command = Pattern.compile("`(retry|show|skip|mark-applied|pause|resume|cancel|undo) "
                + Pattern.quote(subject) + "(" + REASON + ")?`");
        return text(command.matcher(finding.nextStep())
                .replaceAll(match -> Matcher.quoteReplacement("`"
                        + (match.group(2) == null
                                ? command(match.group(1), subject)
                                : command(match.group(1), subject, "--reason", "…"))
                        + "`")));
    }

    /** Completes the commands without a key in a text of the core's. */
    String text(String text) {
        return PLAIN_COMMAND
                .matcher(text)
                .replaceAll(
                        match -> Matcher.quoteReplacement("`" + command(Objects.requireNonNull(match.group(1))) + "`"));
    }

    private static String quote(String word) {
        if (HARMLESS.matcher(word).matches()) {
            return word;
        }
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
