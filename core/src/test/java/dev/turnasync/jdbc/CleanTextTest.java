package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnasync.database.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CleanTextTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "jdbc:postgresql://db/shop?password=hunter2&ssl=true, jdbc:postgresql://db/shop?password=***&ssl=true",
                "jdbc:postgresql://db/shop?sslpassword=hunter2, jdbc:postgresql://db/shop?sslpassword=***",
                "postgres://ada:hunter2@db:5432/shop, postgres://ada:***@db:5432/shop",
                "postgres://ada:hun@ter2@db/shop, postgres://ada:***@db/shop",
                "{user=ada; password=hunter2}, {user=ada; password=***}",
                "Password: 'hunter 2' was wrong, Password: *** was wrong",
                "ALTER ROLE ada PASSWORD 'hun''ter2' LOGIN, ALTER ROLE ada PASSWORD *** LOGIN",
                "PGPASSWORD=hunter2 psql, PGPASSWORD=*** psql",
                "password=\"hunter 2\" x, password=*** x",
                "password authentication failed for user ada, password authentication failed for user ada",
                "http://db:5432/path?at=a@b, http://db:5432/path?at=a@b"
            })
    void hidesPasswords(String text, String clean) {
        assertThat(CleanText.of(text, 1_000)).isEqualTo(clean);
    }

    @Test
    void hidesAPasswordThatIsCut() {
        assertThat(CleanText.of("x".repeat(90) + "://ada:hunter2@db", 100)).doesNotContain("hun");
        assertThat(CleanText.of("PASSWORD '" + "''".repeat(200_000), 300_000)).startsWith("PASSWORD ***");
    }

    @Test
    void writesWhatATerminalWouldObeyAsEscapes() {
        assertThat(CleanText.of("a\u0000b\u001b[31mc\u0085d\u202ee\u2028f\ud83dg\r\nh\ti 日本 😀", 1_000))
                .isEqualTo("a\\0b\\u001b[31mc\\u0085d\\u202ee\\u2028f\\ud83dg\nh\ti 日本 😀");
        assertThat(CleanText.line("one\n2026-11-26 ERROR forged")).isEqualTo("one\\n2026-11-26 ERROR forged");
    }

    @Test
    void saysHowMuchIsMissing() {
        assertThat(CleanText.of("x".repeat(99) + "😀 and more", 100))
                .isEqualTo("x".repeat(99) + "… (11 more characters)");
        assertThat(CleanText.of("x".repeat(100), 100)).isEqualTo("x".repeat(100));
        assertThat(CleanText.line("x".repeat(24_000_000))).hasSizeLessThan(2_100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LATIN1", "LATIN9", "WIN1252", "KOI8R", "EUC_JP", "EUC_KR", "EUC_TW", "SQL_ASCII"})
    void fitsEachCharacterIntoTheEncodingOfTheDatabase(String encoding) {
        var everything = new StringBuilder();
        for (var point = 1; point < 0x10000; point++) {
            everything.appendCodePoint(point >= 0xD800 && point < 0xE000 ? ' ' : point);
        }
        try (var database = TestDatabase.fresh()) {
            var fit = ServerEncoding.named(encoding).fit(everything + "😀");

            assertThat(fit).startsWith("\u0001").endsWith("\\U0001f600");
            assertThat(database.column("SELECT length(convert_to(?, ?)) > 65535", fit, encoding))
                    .containsExactly(true);
        }
    }

    @Test
    void keepsWhatTheEncodingHas() {
        assertThat(ServerEncoding.named("LATIN1").fit("Größe: 日")).isEqualTo("Größe: \\u65e5");
        assertThat(ServerEncoding.named("EUC_JP").fit("大きさ")).isEqualTo("大きさ");
        assertThat(ServerEncoding.named("UTF8").fit("Größe: 日 …")).isEqualTo("Größe: 日 …");
        assertThat(ServerEncoding.named("of a later version").fit("Größe")).isEqualTo("Gr\\u00f6\\u00dfe");
    }
}
