package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PlainTextTest {

    @Test
    void showsControlCharactersInsteadOfObeyingThem() {
        assertThat(PlainText.line("a\u001b[31m\r\n\t\u0000\u009b\u202e\u2028\ud800"))
                .isEqualTo("a\\x1b[31m\\r\\n\\t\\x00\\x9b\\u202e\\u2028\\ud800");
        assertThat(PlainText.line("Grüße 東京 🚀")).isEqualTo("Grüße 東京 🚀");
    }

    @Test
    void measuresInColumns() {
        assertThat(PlainText.width("Grüße")).isEqualTo(5);
        assertThat(PlainText.width("東京 🚀")).isEqualTo(7);
        assertThat(PlainText.width("e\u0301")).isEqualTo(1);
    }

    @Test
    void cutsInColumns() {
        assertThat(PlainText.cut("abc", 3)).isEqualTo("abc");
        assertThat(PlainText.cut("abcd", 3)).isEqualTo("ab…");
        assertThat(PlainText.cut("東京都", 4)).isEqualTo("東…");
    }

    @Test
    void hidesWholePasswordsOnly() {
        var secrets = new Secrets();
        secrets.add("post");

        assertThat(secrets.hide("post is not postgres: 'post'")).isEqualTo("*** is not postgres: '***'");
        assertThat(secrets.hide("jdbc:postgresql://u:p@w@h/d?x=1&password=p;q r"))
                .isEqualTo("jdbc:postgresql://u:***@h/d?x=1&password=*** r");
    }

    @Test
    void writesDurationsInTwoUnits() {
        assertThat(Durations.text(Duration.ofMillis(999))).isEqualTo("999 ms");
        assertThat(Durations.text(Duration.ofMillis(59_999))).isEqualTo("59.9 s");
        assertThat(Durations.text(Duration.ofSeconds(61))).isEqualTo("1m 01s");
        assertThat(Durations.text(Duration.ofMinutes(125))).isEqualTo("2h 05m");
        assertThat(Durations.text(Duration.ofHours(49))).isEqualTo("2d 01h");
        assertThat(Durations.text(Duration.ofSeconds(-5))).isEqualTo("0 ms");
    }
}
