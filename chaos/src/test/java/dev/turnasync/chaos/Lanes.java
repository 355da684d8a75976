package dev.turnasync.chaos;

import dev.turnasync.chaos.ChaosRun.Plan;
import dev.turnasync.chaos.ChaosRun.Result;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;

/** Runs side by side, each on a server of its own, since some of what goes wrong hits all of a server. */
final class Lanes {

    private static final int COUNT = Integer.getInteger("chaos.lanes", 2);

    private static final class Servers {

        private static final BlockingQueue<Postgres> FREE = new LinkedBlockingQueue<>(
                IntStream.range(0, COUNT).mapToObj(lane -> Postgres.another()).toList());
    }

    private Lanes() {}

    /** Carries out plans, and prints what came of each as soon as it is known. */
    static List<Result> run(List<Plan> plans) {
        var threads = Executors.newFixedThreadPool(COUNT);
        try {
            var results = plans.stream()
                    .map(plan -> threads.submit((Callable<Result>) () -> run(plan)))
                    .toList();
            return results.stream().map(Lanes::get).toList();
        } finally {
            threads.shutdownNow();
        }
    }

    private static Result run(Plan plan) throws InterruptedException {
        var server = Servers.FREE.take();
        try {
            var result = ChaosRun.run(plan, server);
            System.out.println(result.line());
            if (!result.verdict().isClean()) {
                System.out.println(
                        "VIOLATION " + String.join("\n  ", result.verdict().findings()));
            }
            return result;
        } finally {
            server.start();
            Servers.FREE.add(server);
        }
    }

    private static Result get(Future<Result> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
