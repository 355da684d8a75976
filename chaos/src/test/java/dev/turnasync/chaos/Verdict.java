package dev.turnasync.chaos;

import java.util.List;

/**
 * What a run did wrong.
 *
 * @param duplicates batches that were committed more than once
 * @param inversions batches that came after one that should have come later
 * @param gaps batches that are missing
 * @param lost entries that did not succeed
 * @param miscounted entries whose attempts do not add up
 * @param outcomes how often attempts ended how
 * @param findings all of it in words
 */
record Verdict(
        int duplicates, int inversions, int gaps, int lost, int miscounted, String outcomes, List<String> findings) {

    boolean isClean() {
        return duplicates + inversions + gaps + lost + miscounted == 0 && findings.isEmpty();
    }

    Verdict with(List<String> all) {
        return new Verdict(duplicates, inversions, gaps, lost, miscounted, outcomes, List.copyOf(all));
    }

    String counts() {
        return "{duplicates=" + duplicates + ", inversions=" + inversions + ", gaps=" + gaps + ", lost=" + lost
                + ", miscounted=" + miscounted + "} [" + outcomes + "]";
    }
}
