package dev.turnasync.jdbc;

import dev.turnasync.jdbc.Wish.Done;
import java.sql.Connection;
import java.sql.SQLException;

/** The record of what people did. */
final class OperatorActions {

    private OperatorActions() {}

    static void add(Connection connection, QueueName name, Wish wish, Done done) throws SQLException {
        new Sequences(name).prepareAction(connection);
        var from = done.from();
        Jdbc.update(
                connection,
                new OperatorSql(name).addAction(),
                done.entry(),
                wish.action(),
                StoredText.name(wish.actor()),
                StoredText.words(wish.reason()),
                from == null ? null : from.name(),
                done.to().name());
    }
}
