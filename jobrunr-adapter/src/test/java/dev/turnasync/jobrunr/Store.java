package dev.turnasync.jobrunr;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnasync.database.TestDatabase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import javax.sql.DataSource;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.storage.InMemoryStorageProvider;
import org.jobrunr.storage.Paging.AmountBasedList;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;

/** JobRunr's store, which the nodes of a test share. */
record Store(StorageProvider provider, JsonMapper mapper, Runnable onClose) implements AutoCloseable {

    static Store inMemory() {
        return with(new InMemoryStorageProvider(), new JacksonJsonMapper(), () -> {});
    }

    static Store in(TestDatabase database) {
        return in(database.dataSource(), new JacksonJsonMapper());
    }

    /** The mapper is that of one build of the application; stores of several builds may share a database. */
    static Store in(DataSource database, JsonMapper mapper) {
        var options = new HikariConfig();
        options.setDataSource(database);
        options.setMaximumPoolSize(10);
        // So that JobRunr notices an outage within a second.
        options.setConnectionTimeout(1_000);
        options.setInitializationFailTimeout(30_000);
        var pool = new HikariDataSource(options);
        return with(SqlStorageProviderFactory.using(pool), mapper, pool::close);
    }

    /** In a pool that somebody else closes. */
    static Store on(DataSource pool) {
        return with(SqlStorageProviderFactory.using(pool), new JacksonJsonMapper(), () -> {});
    }

    private static Store with(StorageProvider provider, JsonMapper mapper, Runnable onClose) {
        provider.setJobMapper(new JobMapper(mapper));
        return new Store(provider, mapper, onClose);
    }

    /** All jobs, oldest first. */
    List<Job> jobs() {
        var jobs = new ArrayList<Job>();
        for (var state : StateName.values()) {
            jobs.addAll(jobs(state));
        }
        jobs.sort(Comparator.comparing(Job::getCreatedAt));
        return jobs;
    }

    List<Job> jobs(StateName state) {
        return provider.getJobList(state, AmountBasedList.ascOnUpdatedAt(1_000));
    }

    @Override
    public void close() {
        provider.close();
        onClose.run();
    }
}
