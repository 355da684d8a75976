package dev.turnasync.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which changes of a type keep the order of its values, and how they are written. */
class TypeChangeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "smallint | bigint",
                "integer | integer",
                "character varying(20) | character varying(21)",
                "character varying(20) | text",
                "text | character varying",
                "character(5) | character(6)",
                "numeric(10,2) | numeric(12,4)",
                "numeric(10,2) | numeric",
                "timestamp(3) without time zone | timestamp without time zone",
                "enum 'a', 'c' | enum 'a', 'b', 'c'",
                "enum 'it''s, so', 'c' | enum 'it''s, so', 'c', 'd'"
            })
    void keepTheOrder(String from, String to) {
        assertThat(TypeChange.keepsOrder(from, to)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "bigint | integer",
                "integer | numeric",
                "real | double precision",
                "text | character varying(20)",
                "text | citext",
                "character(5) | text",
                "numeric(10,2) | numeric(10,4)",
                "numeric(10,4) | numeric(12,2)",
                "timestamp(3) without time zone | timestamp(0) without time zone",
                "timestamp(3) without time zone | timestamp(3) with time zone",
                "date | timestamp without time zone",
                "enum 'a', 'c' | enum 'c', 'a'",
                "enum 'a', 'c' | enum 'b', 'c'",
                "enum 'a' | text"
            })
    void changeTheOrder(String from, String to) {
        assertThat(TypeChange.keepsOrder(from, to)).isFalse();
    }
}
