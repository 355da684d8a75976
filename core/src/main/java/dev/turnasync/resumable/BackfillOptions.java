package dev.turnasync.resumable;

import dev.turnasync.resumable.BatchSize.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What is asked of a backfill. */
record BackfillOptions(
        String name,
        String table,
        List<String> key,
        String set,
        String where,
        boolean untilNone,
        Set<String> continuing,
        Limits limits,
        int parallelism,
        List<Throttle> throttles,
        double politeness,
        List<Check> checks) {

    /** A condition that must hold at the end. */
    record Check(String what, String sql) {}

    /** What has to be done: a backfill of which one of these is another one is not the one that came to its end. */
    String asked() {
        var lines = new ArrayList<List<String>>();
        lines.add(List.of("over", table));
        lines.add(Statement.of(this).line());
        checks.forEach(check -> lines.add(List.of("verify", check.sql())));
        return Lines.write(lines);
    }
}
