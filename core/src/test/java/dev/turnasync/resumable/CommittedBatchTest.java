package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.fixture.Deployment;
import dev.turnasync.fixture.Script;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A batch that is committed is not done again, whatever happens in this process right after it. */
class CommittedBatchTest {

    /** A run whose memory is full at one return from a method, and not before. */
    private static AsyncContext fullAfter(AsyncContext context, String method, AtomicInteger returns, int which) {
        return (AsyncContext) Proxy.newProxyInstance(
                AsyncContext.class.getClassLoader(),
                new Class<?>[] {AsyncContext.class},
                (proxy, called, arguments) -> {
                    try {
                        var result = called.invoke(context, arguments);
                        if (called.getName().equals(method) && returns.incrementAndGet() == which) {
                            throw new OutOfMemoryError("Java heap space");
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({"report, 1", "report, 3", "report, 5", "inTransaction, 5", "inTransaction, 6"})
    void isNotRepeatedWhenTheHeapIsFullRightAfterItsCommit(String method, int which) {
        var returns = new AtomicInteger();
        var build = Deployment.of(Script.async(
                        "1",
                        context -> Backfill.in(fullAfter(context, method, returns, which))
                                .over("t")
                                .set("c = c + 1")
                                .batchSize(100, 100)
                                .run())
                .inPieces());
        try (build) {
            build.database().execute("CREATE TABLE t (id int PRIMARY KEY, c int NOT NULL DEFAULT 0)");
            build.database().execute("INSERT INTO t SELECT n FROM generate_series(1, 500) AS n");
            build.migrate().node().drain();

            assertThat(returns).hasValueGreaterThanOrEqualTo(which);
            assertThat(build.database().column("SELECT DISTINCT c FROM t")).containsExactly(1);
        }
    }
}
