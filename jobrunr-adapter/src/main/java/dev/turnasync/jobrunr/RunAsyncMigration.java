package dev.turnasync.jobrunr;

import org.jobrunr.jobs.lambdas.JobRequest;

/**
 * Asks a node to run the head of the queue if it is this entry. Made by the adapter, never by the application.
 *
 * <p>JobRunr stores these names and types, and old and new nodes share its table: neither class, package nor component
 * may ever be renamed or change its type, and no component may be added: Jackson 2 refuses what it does not know.
 * Strings and longs are written and read alike by every JSON library.
 *
 * @param queue the queue's name, see {@link dev.turnasync.AsyncMigrations#queueName()}
 * @param entryId the entry's id
 * @param key the entry's key, for people who read the JobRunr dashboard
 */
public record RunAsyncMigration(String queue, long entryId, String key) implements JobRequest {

    @Override
    public Class<RunAsyncMigrationHandler> getJobRequestHandler() {
        return RunAsyncMigrationHandler.class;
    }
}
