package dev.turnasync.quartz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TurnTest {

    private final Turn turn = new Turn();

    private boolean takenByAnother() {
        return CompletableFuture.supplyAsync(turn::take).join();
    }

    @Test
    void hasOneHolder() {
        assertThat(turn.take()).isTrue();
        assertThat(takenByAnother()).isFalse();
        assertThat(turn.isTaken()).isTrue();
    }

    @Test
    void isNotOverWhileSomebodyCameWhoSawItTaken() {
        turn.take();
        takenByAnother();

        assertThat(turn.isOver()).isFalse();
        assertThat(turn.isOver()).isTrue();
        assertThat(turn.isTaken()).isFalse();
    }

    @Test
    void isOverWhenItWasStoppedWhoeverCame() {
        turn.take();
        takenByAnother();
        turn.stop();

        assertThat(turn.isOver()).isTrue();
        turn.end();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void startsAnewAfterItEndedByAFailure() {
        turn.take();
        takenByAnother();
        turn.end();

        assertThat(turn.take()).isTrue();
        assertThat(turn.isOver()).isTrue();
    }

    @Test
    void leavesTheTurnOfAnotherAlone() {
        turn.take();
        turn.isOver();
        assertThat(takenByAnother()).isTrue();

        turn.end();
        turn.stop();

        assertThat(turn.isTaken()).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
}
