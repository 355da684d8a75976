package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.util.List;
import java.util.stream.Stream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.gson.GsonJsonMapper;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What JobRunr stores of a job, which all nodes of a fleet read: those of the last release and of the next too. */
class RunAsyncMigrationTest {

    /** As the first release wrote it. This text may never change. */
    private static final String STORED = """
            {
              "className": "dev.turnasync.jobrunr.RunAsyncMigrationHandler",
              "methodName": "run",
              "jobParameters": [
                {
                  "className": "dev.turnasync.jobrunr.RunAsyncMigration",
                  "actualClassName": "dev.turnasync.jobrunr.RunAsyncMigration",
                  "object": {"queue": "public.flyway_schema_history", "entryId": 7, "key": "42"}
                }
              ],
              "cacheable": true
            }
            """;

    private static final String NEWER = "{\"queue\":\"q\",\"entryId\":7,\"key\":\"42\",\"added\":\"later\"}";

    private final RunAsyncMigration request = new RunAsyncMigration("public.flyway_schema_history", 7, "42");

    @ParameterizedTest
    @MethodSource("mappers")
    void isWrittenAsItsFirstVersionWas(JsonMapper mapper) throws Exception {
        var json = new ObjectMapper();

        var written = json.readTree(new JobMapper(mapper).serializeJob(job()));

        assertThat(written.get("jobDetails")).isEqualTo(json.readTree(STORED));
        assertThat(written.get("jobSignature").textValue())
                .isEqualTo("dev.turnasync.jobrunr.RunAsyncMigrationHandler"
                        + ".run(dev.turnasync.jobrunr.RunAsyncMigration)");
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void isReadAsItsFirstVersionWasWritten(JsonMapper mapper) {
        var details = mapper.deserialize(STORED, JobDetails.class);

        assertThat(details.getJobParameterValues()).containsExactly(request);
        assertThat(details.getClassName()).isEqualTo(RunAsyncMigrationHandler.class.getName());
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void isReadByOneJsonLibraryAsAnotherWroteIt(JsonMapper writer, JsonMapper reader) {
        var read = new JobMapper(reader).deserializeJob(new JobMapper(writer).serializeJob(job()));

        assertThat(read.getJobDetails().getJobParameterValues()).containsExactly(request);
        assertThat(read.getJobName()).isEqualTo("V42 backfill");
        assertThat(read.getLabels()).containsExactly("async-migration", "unknown-to-old-nodes");
        assertThat(read.getMetadata()).containsEntry("unknown-to-old-nodes", "true");
    }

    /** Why no component may ever be added: the other libraries would bear it. */
    @Test
    void isRefusedByJackson2WhenAComponentIsAdded() {
        assertThatThrownBy(() -> new JacksonJsonMapper().deserialize(NEWER, RunAsyncMigration.class))
                .hasRootCauseInstanceOf(UnrecognizedPropertyException.class);
    }

    private Job job() {
        var job = new Job(new JobDetails(request));
        job.setJobName("V42 backfill");
        job.setLabels(List.of("async-migration", "unknown-to-old-nodes"));
        job.getMetadata().put("unknown-to-old-nodes", "true");
        return job;
    }

    static Stream<JsonMapper> mappers() {
        return Stream.of(new JacksonJsonMapper(), new Jackson3JsonMapper(), new GsonJsonMapper());
    }

    static Stream<Arguments> pairs() {
        return mappers().flatMap(writer -> mappers().map(reader -> Arguments.of(writer, reader)));
    }
}
