package dev.turnasync.quartz.violations;

/** Breaks the rule that nothing static changes; also leads the importer to this package. */
public final class ViolationsMarker {

    static int counter;

    private ViolationsMarker() {}
}
