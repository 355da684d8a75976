package dev.turnasync.architecture;

import com.tngtech.archunit.lang.ArchRule;
import java.util.function.Function;

/**
 * A rule of the house, for whatever tree of packages, so that it can be tried on one that breaks it.
 *
 * @param name what the rule says
 * @param canary the folder in {@code violations} that breaks it
 * @param in the rule for a root package
 */
record Rule(String name, String canary, Function<String, ArchRule> in) {

    @Override
    public String toString() {
        return name;
    }
}
