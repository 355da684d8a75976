package dev.turnasync.sample;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** The PostgreSQL with the shop's database: one of its own, or the user's. */
final class ShopServer implements AutoCloseable {

    private final PGSimpleDataSource shop;
    private final @Nullable EmbeddedPostgres own;
    private int copies;

    private ShopServer(PGSimpleDataSource shop, @Nullable EmbeddedPostgres own) {
        this.shop = shop;
        this.own = own;
    }

    /** Starts a PostgreSQL that ends with the sample. It comes as a Maven artifact and needs neither Docker nor a user. */
    static ShopServer embedded() {
        try {
            var server = EmbeddedPostgres.builder()
                    .setPGStartupWait(Duration.ofMinutes(1))
                    .setServerConfig("max_wal_size", "4GB")
                    .start();
            return new ShopServer((PGSimpleDataSource) server.getPostgresDatabase(), server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Uses a database or schema that exists.
     *
     * @throws UnfitException if it cannot be reached or is not empty
     */
    static ShopServer at(String url, @Nullable String user, @Nullable String password) {
        var shop = new PGSimpleDataSource();
        try {
            shop.setUrl(url);
            if (user != null) {
                shop.setUser(user);
            }
            if (password != null) {
                shop.setPassword(password);
            }
            refuseUnlessEmpty(shop);
        } catch (IllegalArgumentException | SQLException e) {
            throw new UnfitException("Cannot use " + url + ": " + e.getMessage());
        }
        return new ShopServer(shop, null);
    }

    private static void refuseUnlessEmpty(PGSimpleDataSource shop) throws SQLException {
        var schema = Sql.text(shop, "SELECT current_schema()");
        var tables = Sql.number(
                shop,
                "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(current_schema()))");
        if (tables > 0) {
            throw new UnfitException("The schema " + schema + " of database " + shop.getDatabaseName()
                    + " is not empty. The sample writes a million rows and leaves them there: give it an empty one.");
        }
    }

    PGSimpleDataSource shop() {
        return shop;
    }

    String describe() throws SQLException {
        return "PostgreSQL " + Sql.text(shop, "SHOW server_version") + (own == null ? " at " : " (embedded) at ")
                + shop.getURL().replaceFirst("\\?.*", "");
    }

    /** Creates an empty database. */
    ShopCopy empty() throws SQLException {
        return create("template1");
    }

    /**
     * Copies a database, which nobody may be connected to.
     *
     * @throws SQLException if the user may not, or somebody is connected
     */
    ShopCopy copyOf(PGSimpleDataSource original) throws SQLException {
        return create(Sql.text(original, "SELECT current_database()"));
    }

    private ShopCopy create(String template) throws SQLException {
        var name = "turnasync_sample_" + ProcessHandle.current().pid() + "_" + ++copies;
        Sql.execute(shop, "CREATE DATABASE " + name + " TEMPLATE \"" + template.replace("\"", "\"\"") + "\"");
        var database = new PGSimpleDataSource();
        database.setUrl(shop.getURL());
        database.setUser(shop.getUser());
        database.setPassword(shop.getPassword());
        database.setDatabaseName(name);
        return new ShopCopy(database, shop);
    }

    @Override
    public void close() throws IOException {
        if (own != null) {
            own.close();
        }
    }
}
