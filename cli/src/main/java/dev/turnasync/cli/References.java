package dev.turnasync.cli;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts environment variables where a file refers to them: <code>${env.NAME}</code>, and in Flyway's own property files
 * <code>${NAME}</code>, too.
 *
 * @param environment the variables
 * @param bare whether <code>${NAME}</code> is a reference; as for Flyway, a missing one is empty
 */
record References(Map<String, String> environment, boolean bare) {

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{\\s*([^}]*?)\\s*}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]+");
    private static final String OURS = "env.";

    /**
     * Resolves a value.
     *
     * @param place the file and the line or key, for the error
     * @throws CliException if a variable is missing, or the reference is one that only Flyway can resolve
     */
    String resolve(String value, String place) {
        return REFERENCE.matcher(value).replaceAll(match -> Matcher.quoteReplacement(one(match.group(1), place)));
    }

    private String one(String reference, String place) {
        if (reference.startsWith(OURS)) {
            var name = reference.substring(OURS.length());
            return Optional.ofNullable(environment.get(name))
                    .orElseThrow(() -> CliException.usage(
                            place + " refers to the environment variable " + name + ", which is not set"));
        }
        if (bare && NAME.matcher(reference).matches()) {
            return environment.getOrDefault(reference, "");
        }
        throw CliException.usage(place + " has a reference that only Flyway can resolve; here ${env.NAME} is one."
                + " Give that setting by a flag or by the environment");
    }
}
