package dev.turnasync.benchmarks.backfill;

import dev.turnasync.benchmarks.backfill.Load.Request;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Latencies in milliseconds. */
final class Latencies {

    private final double[] sorted;

    private Latencies(double[] sorted) {
        this.sorted = sorted;
    }

    static Latencies of(Stream<Request> requests) {
        return new Latencies(
                requests.mapToDouble(request -> request.nanos() / 1e6).sorted().toArray());
    }

    static Latencies together(List<Latencies> all) {
        return new Latencies(all.stream()
                .flatMapToDouble(one -> Arrays.stream(one.sorted))
                .sorted()
                .toArray());
    }

    /** Returns the value that so many of all do not exceed, by nearest rank. */
    double percentile(double part) {
        if (sorted.length == 0) {
            return 0;
        }
        var rank = (int) Math.ceil(part * sorted.length);
        return sorted[Math.max(0, Math.min(sorted.length, rank) - 1)];
    }

    int count() {
        return sorted.length;
    }
}
