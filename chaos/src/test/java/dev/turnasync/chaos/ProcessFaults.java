package dev.turnasync.chaos;

/** What happens to the runners' processes. */
final class ProcessFaults {

    private ProcessFaults() {}

    static void killLeader(Scene scene) {
        kill(scene, scene.leader());
    }

    static void killRandom(Scene scene) {
        kill(scene, scene.fleet().random(scene.random()));
    }

    private static void kill(Scene scene, Runner runner) {
        runner.kill();
        scene.fleet().replace();
    }

    static void freezeLeader(Scene scene) {
        var runner = scene.leader();
        runner.freeze();
        scene.later(scene.beyondLease(), runner::thaw);
    }

    static void deploy(Scene scene) {
        scene.leader().terminate();
        scene.fleet().replace();
    }

    static void skewClock(Scene scene) {
        scene.leader().terminate();
        scene.fleet().replaceSkewed(scene.random().nextBoolean() ? "+90s" : "-90s");
    }
}
