package dev.turnasync.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {

    private static final RetryPolicy EVEN = new RetryPolicy(9, Duration.ofSeconds(5), Duration.ofMinutes(1), 0, 1);

    private static final double ALMOST_ONE = Math.nextDown(1.0);

    @Test
    void doublesTheDelayUpToTheCap() {
        assertThat(delays(EVEN, 6)).containsExactly(5L, 10L, 20L, 40L, 60L, 60L);
    }

    @Test
    void hasTheDefaultsItNames() {
        assertThat(RetryPolicy.ofDefaults())
                .isEqualTo(new RetryPolicy(5, Duration.ofSeconds(5), Duration.ofMinutes(10), 0.2, 1));
        assertThat(RetryPolicy.never().maxAttempts()).isEqualTo(1);
    }

    @Test
    void changesOneValueAtATime() {
        var policy = RetryPolicy.ofDefaults();

        assertThat(policy.withMaxAttempts(2))
                .isEqualTo(new RetryPolicy(
                        2, policy.firstDelay(), policy.cap(), policy.jitter(), policy.maxWorkerDeaths()));
        assertThat(policy.withDelays(Duration.ofMillis(1), Duration.ofMillis(9)))
                .isEqualTo(new RetryPolicy(
                        policy.maxAttempts(), Duration.ofMillis(1), Duration.ofMillis(9), policy.jitter(), 1));
        assertThat(policy.withMaxWorkerDeaths(0))
                .isEqualTo(
                        new RetryPolicy(policy.maxAttempts(), policy.firstDelay(), policy.cap(), policy.jitter(), 0));
    }

    @Test
    void dependsOnNothingButItsArguments() {
        var policy = RetryPolicy.ofDefaults();

        assertThat(policy.delayAfter(3, 0.5)).isEqualTo(policy.delayAfter(3, 0.5));
        assertThat(policy.delayAfter(3, 0.5)).isEqualTo(Duration.ofSeconds(18));
    }

    @Test
    void shortensByNoMoreThanTheJitter() {
        var policy = RetryPolicy.ofDefaults();
        for (var failed = 1; failed <= 12; failed++) {
            var longest = policy.delayAfter(failed, 0);
            for (var random : List.of(0.0, 0.001, 0.25, 0.5, 0.999, ALMOST_ONE)) {
                assertThat(policy.delayAfter(failed, random))
                        .isLessThanOrEqualTo(longest)
                        .isLessThanOrEqualTo(policy.cap())
                        .isGreaterThanOrEqualTo(
                                longest.multipliedBy(4).dividedBy(5).minusMillis(1));
            }
        }
    }

    @Test
    void spreadsWorkersOverTheWholeJitter() {
        var policy = new RetryPolicy(5, Duration.ofSeconds(100), Duration.ofSeconds(100), 0.5, 1);

        assertThat(policy.delayAfter(1, 0)).isEqualTo(Duration.ofSeconds(100));
        assertThat(policy.delayAfter(1, 0.5)).isEqualTo(Duration.ofSeconds(75));
        assertThat(policy.delayAfter(1, ALMOST_ONE)).isBetween(Duration.ofSeconds(50), Duration.ofMillis(50_001));
    }

    @Test
    void neverWaitsANegativeTime() {
        var whole = new RetryPolicy(5, Duration.ofSeconds(5), Duration.ofMinutes(1), 1, 1);

        assertThat(whole.delayAfter(1, ALMOST_ONE)).isGreaterThanOrEqualTo(Duration.ZERO);
        assertThat(whole.delayAfter(0, 0)).isEqualTo(whole.delayAfter(1, 0));
        assertThat(whole.delayAfter(-7, 0)).isEqualTo(whole.delayAfter(1, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 33, 64, 65, 1_024, 1_000_000, Integer.MAX_VALUE})
    void staysAtTheCapHoweverManyAttemptsFailed(int failed) {
        assertThat(EVEN.delayAfter(failed, 0)).isEqualTo(EVEN.cap());
    }

    @Test
    void takesZeroForAtOnce() {
        var atOnce = RetryPolicy.ofDefaults().withDelays(Duration.ZERO, Duration.ZERO);

        assertThat(atOnce.delayAfter(7, 0)).isZero();
    }

    @Test
    void neverFailsForACapAboveAllMilliseconds() {
        var endless = EVEN.withDelays(Duration.ofSeconds(5), Duration.ofSeconds(Long.MAX_VALUE));

        assertThat(endless.delayAfter(2, 0)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void refusesValuesOutOfRangeAndNamesThem() {
        assertRefused(() -> EVEN.withMaxAttempts(0), "maxAttempts", "0");
        assertRefused(() -> EVEN.withMaxWorkerDeaths(-1), "maxWorkerDeaths", "-1");
        assertRefused(() -> EVEN.withDelays(Duration.ofSeconds(-1), Duration.ZERO), "firstDelay", "PT-1S");
        assertRefused(() -> EVEN.withDelays(Duration.ofSeconds(2), Duration.ofSeconds(1)), "cap PT1S", "PT2S");
        for (var jitter : List.of(-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY)) {
            assertRefused(
                    () -> new RetryPolicy(1, Duration.ZERO, Duration.ZERO, jitter, 0),
                    "jitter",
                    String.valueOf(jitter));
        }
    }

    private static void assertRefused(Runnable creation, String what, String value) {
        assertThatThrownBy(creation::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(what)
                .hasMessageContaining(value);
    }

    private static List<Long> delays(RetryPolicy policy, int attempts) {
        var delays = new ArrayList<Long>();
        for (var failed = 1; failed <= attempts; failed++) {
            delays.add(policy.delayAfter(failed, 0).toSeconds());
        }
        return delays;
    }
}
