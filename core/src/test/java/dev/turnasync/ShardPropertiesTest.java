package dev.turnasync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnasync.ShardResult.Outcome;
import dev.turnasync.database.TestDatabase;
import dev.turnasync.fixture.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

class ShardPropertiesTest {

    @TempDir
    private Path directory;

    private Path file(String text) {
        try {
            return Files.writeString(directory.resolve("shards.properties"), text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Shards read(String text, Map<String, String> environment) {
        var builder = Shards.builder();
        ShardProperties.read(file(text), environment).addTo(builder, options -> options.connectRetries(3));
        return builder.build();
    }

    @Test
    void describesDatabases() {
        try (var database = TestDatabase.fresh();
                var shards = Shards.fromProperties(
                        file("""
                        shards = eu-1, us-1 \\
                            , ap-1
                        shards.canary = us-1
                        shards.at-once = 2
                        shards.stop-on-first-failure = true
                        shard.*.url = %s
                        shard.*.user = postgres
                        shard.*.schema = shard_${shard}
                        shard.us-1.schema = other
                        shard.us-1.table = its_history
                        """.formatted(database.dataSource().getURL())),
                        options -> options.locations(new String[0]).javaMigrations(Script.async("1", context -> {})))) {
            assertThat(shards.ids()).containsExactly("eu-1", "us-1", "ap-1");

            assertThat(shards.migrate().verdict()).isEqualTo(Outcome.DONE);
            assertThat(shards.drain().verdict()).isEqualTo(Outcome.DONE);

            assertThat(shards.forEach(shard -> shard.async().queueName())
                            .values()
                            .values())
                    .containsExactly(
                            "eu-1/shard_eu-1.flyway_schema_history",
                            "us-1/other.its_history",
                            "ap-1/shard_ap-1.flyway_schema_history");
        }
    }

    @Test
    void fillsInShardAndEnvironment() {
        var shards = read("""
                shards = eu-1, us-1
                shard.*.url = jdbc:postgresql://${shard}.db/${env:DATABASE}
                shard.*.user = me
                shard.eu-1.password = ${env:SECRET}
                """, Map.of("DATABASE", "shop", "SECRET", "a$1\\b"));

        var seen = shards.forEach(shard -> {
            var source = (org.flywaydb.core.internal.jdbc.DriverDataSource)
                    shard.flyway().getConfiguration().getDataSource();
            return source.getUrl() + " " + source.getUser() + " " + source.getPassword() + " "
                    + shard.flyway().getConfiguration().getConnectRetries();
        });

        assertThat(seen.values().values())
                .containsExactly(
                        "jdbc:postgresql://eu-1.db/shop me a$1\\b 3", "jdbc:postgresql://us-1.db/shop me null 3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shards = | \"shards\" must name the shards",
                "shards = a, b, a | \"shards\" names the shard a twice",
                "shards = a/b | \"shards\": a shard's id is made of",
                "shards = a\\u0007 | not \"a\\u0007\"",
                "shards = a | \"shard.a.url\" is missing",
                "shards = a;shard.a.url = x;shard.b.url = y | \"shard.b.url\" is of a shard that the key shards does not name",
                "shards = a;shard.a.url = x;shard.b/c.url = y | \"shard.b/c.url\": a shard's id is made of",
                "shards = a;shard.a.url = x;shard.a.pasword = y | \"shard.a.pasword\" is not known",
                "shards = a;shard.a.url = x;shard.url = y | \"shard.url\" is not known",
                "shards = a;shard.a.url = x;shard.a.url = y | \"shard.a.url\" is there twice",
                "shards = a;shard.a.url = x;atOnce = 4 | \"atOnce\" is not known",
                "shards = a;shard.a.url = x;shards.at-once = 0 | \"shards.at-once\" must be a number",
                "shards = a;shard.a.url = x;shards.canary = b | \"shards.canary\": there is no shard \"b\"",
                "shards = a;shard.a.url = x;shards.stop-on-first-failure = yes | must be true or false",
                "shards = a;shard.a.url = ${nme} | \"shard.a.url\" refers to ${nme}",
                "shards = a;shard.a.url = x;shard.a.password = ${env:NOT_SET} | the environment variable NOT_SET",
            })
    void refusesWhatItDoesNotKnow(String text, String message) {
        assertThatThrownBy(() -> read(text.replace(";", "\n"), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shards.properties: ")
                .hasMessageContaining(message);
    }

    @Test
    void readsPropertiesThatAreNoFile() {
        var properties = new Properties();
        properties.setProperty("shards", "a");
        properties.setProperty("shard.a.url", new PGSimpleDataSource().getURL());

        assertThat(Shards.fromProperties(properties, options -> options).ids()).containsExactly("a");
        properties.setProperty("shard.a.port", "1");
        assertThatThrownBy(() -> Shards.fromProperties(properties, options -> options))
                .hasMessageStartingWith("\"shard.a.port\" is not known");
    }
}
