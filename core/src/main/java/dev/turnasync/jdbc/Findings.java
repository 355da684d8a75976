package dev.turnasync.jdbc;

import dev.turnasync.api.QueueEntry;
import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what a check finds. For use by one check. */
final class Findings {

    private final List<Finding> all = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** Something about an entry that a person must mend. */
    void problem(Kind kind, QueueEntry entry, String message, String nextStep) {
        add(new Finding(kind, Severity.PROBLEM, entry.key(), entry.label() + " " + message, nextStep));
    }

    /** Something about an entry that is worth knowing. */
    void notice(Kind kind, QueueEntry entry, String message, String nextStep) {
        add(new Finding(kind, Severity.NOTICE, entry.key(), entry.label() + " " + message, nextStep));
    }

    void add(Finding finding) {
        all.add(finding);
    }

    /** Something that could not be checked. */
    void note(String note) {
        notes.add(note);
    }

    List<Finding> sorted() {
        return all.stream().sorted(Comparator.comparing(Finding::severity)).toList();
    }

    List<String> notes() {
        return List.copyOf(notes);
    }
}
