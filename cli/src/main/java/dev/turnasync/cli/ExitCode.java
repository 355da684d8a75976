package dev.turnasync.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the exit codes mean, the same for every command. */
final class ExitCode {

    /** Healthy, or done. */
    static final int OK = 0;

    /** Something needs a person: a problem was found, an operation was refused, a drain ended badly. */
    static final int ATTENTION = 1;

    /** The command line or a file it names is wrong. */
    static final int USAGE = 2;

    /** The database does not let us in: it is down, silent, or refuses the login. */
    static final int UNREACHABLE = 3;

    /** Anything else. */
    static final int UNEXPECTED = 4;

    /** Not done yet, and nobody needs to act: a gate did not open in time, a drain left entries that will run by themselves. */
    static final int TIMEOUT = 5;

    /** A gate knows nothing of what it should wait for. */
    static final int UNKNOWN = 6;

    private static final List<Integer> FROM_GOOD_TO_BAD =
            List.of(OK, TIMEOUT, UNKNOWN, ATTENTION, UNREACHABLE, USAGE, UNEXPECTED);

    private ExitCode() {}

    /** The worse one, which decides over many shards. */
    static int worse(int one, int other) {
        return FROM_GOOD_TO_BAD.indexOf(one) < FROM_GOOD_TO_BAD.indexOf(other) ? other : one;
    }

    /** For {@code --help}. */
    static Map<String, String> explained() {
        var texts = new LinkedHashMap<String, String>();
        texts.put("0", "healthy, or done; notices alone are healthy");
        texts.put(
                "1",
                "check-queue or doctor found a problem; or the tables are not current; or the operation was refused; or the drain"
                        + " ended because the queue is blocked or paused or this node has no class for its head; or what wait waits"
                        + " for is blocked or undone");
        texts.put("2", "wrong usage: an option, a value, or a file that cannot be read");
        texts.put("3", "cannot reach the database: down, silent for --connect-timeout, or login refused");
        texts.put("4", "unexpected error");
        texts.put(
                "5", "wait: not applied when the time was up; drain: entries are left, and will run without a person");
        texts.put("6", "wait: Flyway's history does not know the version when the time was up");
        texts.put("shards", "that of the worst shard, from good to bad 0 5 6 1 3 2 4; 1 for one that was not begun");
        texts.put("130, 143", "ended by Ctrl-C or SIGTERM; a running migration was handed back");
        return texts;
    }
}
