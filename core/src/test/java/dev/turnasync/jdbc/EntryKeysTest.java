package dev.turnasync.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryKeysTest {

    @ParameterizedTest
    @CsvSource({
        "7, 7",
        "7, V7",
        "7, v7",
        "7, V007",
        "7, 007",
        "7, 7.0",
        "7, 7.0.0",
        "007, 7",
        "7.0, V7",
        "1.2, 1.2",
        "1.2, 1_2",
        "1.2, V1_2",
        "1.2, V1.2.0",
        "1.2, 01.02",
        "0, 0",
        "0, V0.0",
        "20260801123456789012345678901, V20260801123456789012345678901",
    })
    void knowsAVersionInAllSpellings(String key, String wanted) {
        assertThat(EntryKeys.same(key, wanted)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "R__refresh totals, R__refresh totals",
        "R__refresh totals, R__refresh_totals",
        "R__Refresh totals, R__refresh_totals",
        "R__refresh totals, refresh totals",
        "R__refresh totals, refresh_totals",
        "R__refresh_totals, R__refresh_totals",
        "R__refresh_totals, refresh_totals",
    })
    void knowsARepeatableMigrationInAllSpellings(String key, String wanted) {
        assertThat(EntryKeys.same(key, wanted)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "7, 8",
        "7, 70",
        "70, 7",
        "1.2, 1.20",
        "1.2, 12",
        "1.2, 1",
        "1, 1.0.1",
        "7, VV7",
        "7, V",
        "7, -7",
        "7, +7",
        "7, 7a",
        "7, R__7",
        "7, ７",
        "R__a, R__b",
        "R__a b, R__ab",
    })
    void tellsOthersApart(String key, String wanted) {
        assertThat(EntryKeys.same(key, wanted)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "V",
                "R__",
                "R",
                ".",
                "7.",
                ".7",
                "7..7",
                "%",
                "_",
                "7' OR '1'='1",
                "7; DROP",
                "\u0000",
                "7\n"
            })
    void takesNothingElseForAKey(String wanted) {
        assertThat(EntryKeys.same("7", wanted)).isFalse();
        assertThat(EntryKeys.same("R__refresh", wanted)).isFalse();
    }

    @Test
    void takesANumberForAVersionOnly() {
        assertThat(EntryKeys.same("R__7", "7")).isFalse();
        assertThat(EntryKeys.same("R__7", "R__7")).isTrue();
    }
}
