package dev.turnasync.sample;

import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database beside the shop's, dropped when it is closed.
 *
 * @param database the copy
 * @param shop where it is dropped from
 */
record ShopCopy(PGSimpleDataSource database, PGSimpleDataSource shop) implements AutoCloseable {

    @Override
    public void close() throws SQLException {
        Sql.execute(shop, "DROP DATABASE " + database.getDatabaseName() + " WITH (FORCE)");
    }
}
