package dev.turnasync.chaos;

/** The asynchronous standby takes the place of a server that is lost for good, without what had not reached it. */
final class Failover {

    private Failover() {}

    /** Claims, batches and outcomes of up to a second and a half are lost together. What other events left undone is done before. */
    static void strike(Scene scene) {
        var lost = scene.between(50, 1_500);
        scene.settle();
        var servers = scene.place().postgres().servers().orElseThrow();
        servers.start();
        servers.addStandby();
        servers.awaitStandby();
        servers.holdBack();
        Pause.millis((int) lost.toMillis());
        servers.failOver();
        scene.fleet().upstream(servers.primaryPort());
    }
}
