package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.api.QueueReport.Finding;
import dev.turnasync.api.QueueReport.Kind;
import dev.turnasync.api.QueueReport.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HintsTest {

    private static String nextStep(Hints hints, String key, String text) {
        return hints.nextStep(new Finding(Kind.BLOCKED, Severity.PROBLEM, key, "", text));
    }

    @Test
    void completesACommandSoThatItCanBePasted() {
        var hints = new Hints(List.of("--url", "jdbc:postgresql://h/db?ssl=true"), List.of("--jar", "my app.jar"));

        assertThat(nextStep(hints, "7", "`show 7` tells the error; then `retry 7` or `skip 7 --reason …`"))
                .isEqualTo(
                        "`turnasync show 7 --url 'jdbc:postgresql://h/db?ssl=true'` tells the error; then"
                                + " `turnasync retry 7 --url 'jdbc:postgresql://h/db?ssl=true' --jar 'my app.jar'` or"
                                + " `turnasync skip 7 --reason '…' --url 'jdbc:postgresql://h/db?ssl=true' --jar 'my app.jar'`");
    }

    @Test
    void quotesAKeyThatAShellWouldObey() {
        var hints = new Hints(List.of(), List.of());
        var key = "R__x'; rm -rf $HOME `date` \\1";

        assertThat(nextStep(hints, key, "`retry " + key + "`"))
                .isEqualTo("`turnasync retry 'R__x'\\''; rm -rf $HOME `date` \\1'`");
    }

    @Test
    void namesTheJarThatADrainNeeds() {
        assertThat(new Hints(List.of(), List.of()).text("run `drain`")).isEqualTo("run `turnasync drain --jar FILE`");
        assertThat(new Hints(List.of(), List.of("--jar", "a.jar")).text("run `drain`"))
                .isEqualTo("run `turnasync drain --jar a.jar`");
    }

    @Test
    void asksForTheUrlOfAShardWhereACommandKnowsNone() {
        var hints = new Hints(List.of("--shards", "my shards", "--shard", "eu-1"), List.of());

        assertThat(hints.command("show", "7")).isEqualTo("turnasync show 7 --shards 'my shards' --shard eu-1");
        assertThat(hints.command("schema apply")).isEqualTo("turnasync schema apply --url '…'");
    }
}
