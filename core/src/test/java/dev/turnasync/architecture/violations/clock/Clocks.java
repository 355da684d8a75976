package dev.turnasync.architecture.violations.clock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Breaks a rule on purpose. */
final class Clocks {

    private Clocks() {}

    static class WrongInstant {
        Instant now() {
            return Instant.now();
        }
    }

    static class WrongReference {
        Supplier<Instant> now() {
            return Instant::now;
        }
    }

    static class WrongLocalTime {
        LocalDateTime now() {
            return LocalDateTime.now(ZoneOffset.UTC);
        }
    }

    static class WrongClock {
        Clock clock() {
            return Clock.systemUTC();
        }
    }

    static class WrongSource {
        InstantSource source() {
            return InstantSource.system();
        }
    }

    static class WrongMillis {
        long millis() {
            return System.currentTimeMillis();
        }
    }

    @SuppressWarnings("JavaUtilDate")
    static class WrongDate {
        Date date() {
            return new Date();
        }
    }

    static class WrongSleep {
        void pause() throws InterruptedException {
            Thread.sleep(1);
        }
    }

    static class WrongUnit {
        void pause() throws InterruptedException {
            TimeUnit.SECONDS.sleep(1);
        }
    }

    static class RightSpan {
        Duration since(long start) {
            return Duration.ofNanos(System.nanoTime() - start);
        }
    }

    static class RightSource {
        Instant now(InstantSource source) {
            return source.instant();
        }
    }
}
