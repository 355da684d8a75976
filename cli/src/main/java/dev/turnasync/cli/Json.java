package dev.turnasync.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes answers for machines: ASCII only, so that they are right in every charset and harmless on every terminal. */
final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private static final ObjectWriter WRITER = MAPPER.writer().with(new EscapesDelete());

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static void put(ObjectNode node, String field, @Nullable Instant instant) {
        node.put(field, instant == null ? null : instant.toString());
    }

    /** Returns the text without the passwords of JDBC URLs; hiding them does not touch the syntax. */
    static String text(ObjectNode node) {
        return text(node, WRITER);
    }

    /** The same in one line. */
    static String line(ObjectNode node) {
        return text(node, WRITER.without(SerializationFeature.INDENT_OUTPUT));
    }

    private static String text(ObjectNode node, ObjectWriter writer) {
        try {
            return Secrets.hideInUrls(writer.writeValueAsString(node));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write JSON", e);
        }
    }

    /** The one control character of ASCII that JSON allows raw. */
    private static final class EscapesDelete extends CharacterEscapes {

        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            var escapes = standardAsciiEscapesForJSON();
            escapes[0x7F] = ESCAPE_STANDARD;
            return escapes;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int character) {
            return null;
        }
    }
}
