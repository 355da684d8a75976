package dev.turnasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SchemaTest {

    private static List<?> tables(Shop shop, String schema) {
        return shop.database().column("""
                SELECT c.relname::TEXT || ' ' || string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
                FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                WHERE c.relkind = 'r' AND c.relname LIKE 'async%' AND c.relnamespace = CAST(? AS regnamespace)
                GROUP BY c.relname
                ORDER BY 1""", schema);
    }

    /** A database that Flyway knows, without anything queued. */
    private static Shop fresh() {
        var shop = Shop.empty();
        shop.flyway(Shop.LOCATION).baselineVersion("0").load().baseline();
        return shop;
    }

    @Test
    void printsWhatMigrateWouldCreateAndNeedsNoDatabase() {
        var print = CommandLineRun.inPipe().run("schema", "print", "--schema", "od\"d Schéma");
        assertThat(print.exitCode()).isZero();
        try (var shop = Shop.migrated()) {
            shop.database().execute("CREATE SCHEMA \"od\"\"d Schéma\"");

            shop.database().execute(print.out());

            assertThat(tables(shop, "\"od\"\"d Schéma\"")).hasSize(8).isEqualTo(tables(shop, "public"));
            assertThat(shop.run("schema", "version", "--schema", "od\"d Schéma").exitCode())
                    .isZero();
        }
    }

    @Test
    void printsForMachines() {
        var json = CommandLineRun.inPipe().run("schema", "print", "--json").json();

        assertThat(json.get("schema").asText()).isEqualTo("public");
        assertThat(json.get("version").asInt()).isPositive();
        assertThat(json.get("statements").get(0).asText()).contains("CREATE TABLE \"public\".async_schema_version");
    }

    @Test
    void namesASchemaOfManyLinesWithoutRunningIt() {
        var print = CommandLineRun.inPipe().run("schema", "print", "--schema", "a\nDROP TABLE x; --");

        assertThat(print.out().lines().findFirst())
                .hasValueSatisfying(line -> assertThat(line).startsWith("--").contains("a\\nDROP TABLE x"));
    }

    @Test
    void appliesOnce() {
        try (var shop = fresh()) {
            var before = shop.run("schema", "version");
            var dry = shop.run("schema", "apply", "--dry-run");
            assertThat(before.exitCode()).isEqualTo(1);
            assertThat(before.out()).isEqualTo("""
                            no tables in schema public; this program knows version 1
                              next  `turnasync schema apply` creates or upgrades them
                            """);
            assertThat(dry.exitCode()).isZero();
            assertThat(dry.out()).startsWith("BEGIN;\n").endsWith("COMMIT;\n").contains("async_schema_lease");
            assertThat(tables(shop, "public")).isEmpty();

            var apply = shop.run("schema", "apply");
            var again = shop.run("schema", "apply", "--json");

            assertThat(apply.exitCode()).isZero();
            assertThat(apply.out()).isEqualTo("the tables in schema public are of version 1 now; before: none\n");
            assertThat(again.json().get("applied").asBoolean()).isFalse();
            assertThat(again.json().get("statements")).isEmpty();
            assertThat(shop.run("schema", "apply").out()).startsWith("nothing to do");
            assertThat(shop.run("schema", "version", "--json")
                            .json()
                            .get("current")
                            .asBoolean())
                    .isTrue();
            assertThat(tables(shop, "public")).hasSize(8);
            shop.flyway(Shop.LOCATION).load().migrate();
            assertThat(shop.drain().exitCode()).isZero();
        }
    }

    @Test
    void appliesOnceAlsoWhenManyDo() {
        try (var shop = fresh()) {
            var runs = IntStream.range(0, 4)
                    .mapToObj(number -> CompletableFuture.supplyAsync(() -> shop.run("schema", "apply")))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();

            assertThat(runs).allSatisfy(run -> assertThat(run.exitCode()).isZero());
            assertThat(shop.database().column("SELECT version FROM async_schema_version"))
                    .containsExactly(1);
        }
    }

    @Test
    void refusesTablesThatAreTooNewAndUsersWithoutRights() {
        try (var shop = Shop.migrated()) {
            shop.database().execute("INSERT INTO async_schema_version VALUES (99, 98)");
            for (var command : List.of("apply", "version")) {
                var run = shop.run("schema", command);

                assertThat(run.exitCode()).isEqualTo(1);
                assertThat(run.err()).contains("are of version 99", "Upgrade TurnAsync on this node");
            }
        }
        try (var shop = fresh()) {
            shop.database().execute("DROP ROLE IF EXISTS nothing_allowed; CREATE ROLE nothing_allowed LOGIN");

            var apply = shop.run("schema", "apply", "--user", "nothing_allowed");

            assertThat(apply.exitCode()).isEqualTo(1);
            assertThat(apply.err()).contains("nothing_allowed may not create them. Grant it CREATE on the schema");
        }
    }

    @Test
    void doesNotSpoilASchemaForFlyway() {
        try (var shop = Shop.empty()) {
            var apply = shop.run("schema", "apply");

            assertThat(apply.exitCode()).isEqualTo(1);
            assertThat(apply.err()).contains("there is no Flyway history public.flyway_schema_history yet");
            assertThat(shop.run("schema", "apply", "--schema", "nowhere").exitCode())
                    .isEqualTo(1);
            shop.flyway(Shop.LOCATION).load().migrate();
            assertThat(shop.drain().exitCode()).isZero();
        }
    }

    @Test
    void wantsToKnowWhatToDo() {
        var schema = CommandLineRun.inPipe().run("schema");

        assertThat(schema.exitCode()).isEqualTo(2);
        assertThat(schema.err()).contains("'turnasync schema --help'");
    }
}
