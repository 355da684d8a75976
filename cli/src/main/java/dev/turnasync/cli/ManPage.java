package dev.turnasync.cli;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes a command and its subcommands as a manual page, in the macros of man(7). */
final class ManPage {

    private static final Pattern FORMAT = Pattern.compile("%n");

    private final StringBuilder page = new StringBuilder();

    private ManPage() {}

    static String of(CommandSpec root) {
        var man = new ManPage();
        man.write(root);
        return man.page.toString();
    }

    private void write(CommandSpec root) {
        var usage = root.usageMessage();
        macro("TH", root.name().toUpperCase(Locale.ROOT), "1", "", root.version()[0]);
        macro("SH", "NAME");
        text(root.name() + " - " + String.join(" ", usage.description()));
        macro("SH", "SYNOPSIS");
        macro("B", root.name());
        text("[OPTIONS] COMMAND [ARGUMENTS]");
        macro("SH", "OPTIONS");
        root.options().forEach(this::option);
        macro("SH", "COMMANDS");
        commands(root);
        footer(usage.footer(), "SH");
        macro("SH", "EXIT STATUS");
        usage.exitCodeList().forEach((code, meaning) -> tagged(code, List.of(meaning)));
    }

    private void commands(CommandSpec parent) {
        parent.subcommands().values().stream().distinct().forEach(line -> {
            var command = line.getCommandSpec();
            macro("SS", command.qualifiedName());
            paragraphs(command.usageMessage().description());
            command.positionalParameters()
                    .forEach(parameter -> tagged(parameter.paramLabel(), List.of(parameter.description())));
            command.options().forEach(this::option);
            footer(command.usageMessage().footer(), "PP");
            commands(command);
        });
    }

    private void option(OptionSpec option) {
        var value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
        tagged(String.join(", ", option.names()) + value, List.of(option.description()));
    }

    private void tagged(String tag, List<String> lines) {
        page.append(".TP\n");
        macro("B", tag);
        lines.forEach(this::text);
    }

    private void paragraphs(String... lines) {
        for (var line : lines) {
            page.append(".PP\n");
            text(line);
        }
    }

    /** Examples keep their lines. */
    private void footer(String[] lines, String heading) {
        if (heading.equals("SH")) {
            macro("SH", "EXAMPLES");
        } else {
            page.append(".PP\n");
        }
        page.append(".nf\n");
        for (var line : lines) {
            text(line);
        }
        page.append(".fi\n");
    }

    private void macro(String name, String... arguments) {
        page.append('.').append(name);
        for (var argument : arguments) {
            page.append(" \"").append(escape(argument).replace("\"", "\\(dq")).append('"');
        }
        page.append('\n');
    }

    /** A line that begins with a dot or a quote would be a request. */
    private void text(String text) {
        FORMAT.splitAsStream(text)
                .forEach(line -> page.append("\\&").append(escape(line)).append('\n'));
    }

    /** A hyphen in an option must stay one, and an apostrophe must not become a curly one. */
    private static String escape(String text) {
        var escaped = new StringBuilder();
        text.replace("%%", "%").codePoints().forEach(point -> {
            switch (point) {
                case '\\' -> escaped.append("\\e");
                case '-' -> escaped.append("\\-");
                case '\'' -> escaped.append("\\(aq");
                case '`' -> escaped.append("\\(ga");
                default -> {
                    if (point < 0x80) {
                        escaped.appendCodePoint(point);
                    } else {
                        escaped.append("\\[u%04X]".formatted(point));
                    }
                }
            }
        });
        return escaped.toString();
    }
}
