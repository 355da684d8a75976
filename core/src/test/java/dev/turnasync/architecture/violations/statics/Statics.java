package dev.turnasync.architecture.violations.statics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/** Breaks a rule on purpose. */
final class Statics {

    private Statics() {}

    static class WrongVariable {
        static int value = 1;
    }

    static class WrongList {
        static final List<String> VALUES = new ArrayList<>();
    }

    static class WrongSet {
        static final Set<String> VALUES = new HashSet<>();
    }

    static class WrongView {
        static final List<String> VALUES = Collections.unmodifiableList(new ArrayList<>());
    }

    static class WrongMap {
        static final Map<TimeUnit, String> VALUES = new EnumMap<>(TimeUnit.class);
    }

    static class WrongAtomic {
        static final AtomicInteger COUNT = new AtomicInteger();
    }

    static class WrongLock {
        static final ReentrantLock LOCK = new ReentrantLock();
    }

    static class WrongArray {
        static final String[] VALUES = {"a"};
    }

    static class RightConstants {
        static final int NUMBER = 1;
        static final List<String> LIST = List.of("a", "b", "c");
        static final Set<String> SET = Set.copyOf(List.of("a"));
        static final Map<String, String> MAP = Map.of("a", "b");
        private final List<String> values = new ArrayList<>();

        List<String> values() {
            return values;
        }
    }

    enum RightEnum {
        ONE,
        TWO
    }
}
