package dev.turnasync.chaos;

import dev.turnasync.chaos.TcpProxy.Mode;
import java.time.Duration;
import java.util.HashSet;

/** What happens to the runners' networks. */
final class NetworkFaults {

    private NetworkFaults() {}

    static void cutLeader(Scene scene) {
        disturb(scene, Mode.CUT, scene.beyondLease());
    }

    static void blackholeLeader(Scene scene) {
        disturb(scene, Mode.BLACKHOLE, scene.beyondLease());
    }

    static void stallRequests(Scene scene) {
        disturb(scene, Mode.STALL_REQUESTS, scene.aboutLease());
    }

    static void stallAnswers(Scene scene) {
        disturb(scene, Mode.STALL_ANSWERS, scene.aboutLease());
    }

    private static void disturb(Scene scene, Mode mode, Duration time) {
        var network = scene.leader().network();
        network.mode(mode);
        scene.later(time, () -> network.mode(Mode.PASS));
    }

    static void delayAll(Scene scene) {
        var runners = scene.fleet().live();
        runners.forEach(runner -> runner.network().mode(Mode.DELAY));
        scene.later(
                scene.between(1_000, 3_000),
                () -> runners.forEach(runner -> runner.network().mode(Mode.PASS)));
    }

    static void cutRun(Scene scene) {
        cut(scene, "LIKE 'turnasync:%'");
    }

    static void cutLease(Scene scene) {
        cut(scene, "NOT LIKE 'turnasync:%'");
    }

    /** Sessions are known by the port at which the proxy connected. */
    private static void cut(Scene scene, String name) {
        var network = scene.leader().network();
        var ports = new HashSet<>(scene.place()
                .database()
                .list(
                        "SELECT client_port FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND client_port IS NOT NULL AND application_name " + name,
                        row -> row.getInt(1)));
        if (scene.random().nextBoolean()) {
            network.mode(Mode.CUT, ports);
        } else {
            network.mode(Mode.BLACKHOLE, ports);
            scene.later(scene.aboutLease(), () -> network.mode(Mode.PASS, ports));
        }
    }
}
