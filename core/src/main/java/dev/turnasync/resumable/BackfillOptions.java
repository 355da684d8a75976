package dev.turnasync.resumable;

import dev.turnasync.resumable.BatchSize.Limits;
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
}
