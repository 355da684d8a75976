package dev.turnasync.jobrunr;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.gson.GsonJsonMapper;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RunAsyncMigrationTest {

    @ParameterizedTest
    @MethodSource("pairs")
    void isReadByOneJsonLibraryAsAnotherWroteIt(JsonMapper writer, JsonMapper reader) {
        var request = new RunAsyncMigration("public.flyway_schema_history", 7, "42");
        var job = new Job(new JobDetails(request));

        var read = new JobMapper(reader).deserializeJob(new JobMapper(writer).serializeJob(job));

        assertThat(read.getJobDetails().getJobParameterValues()).containsExactly(request);
        assertThat(read.getJobDetails().getClassName()).isEqualTo(RunAsyncMigrationHandler.class.getName());
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void isReadAsItsFirstVersionWasWritten(JsonMapper mapper) {
        var stored = "{\"queue\":\"public.flyway_schema_history\",\"entryId\":7,\"key\":\"42\"}";

        assertThat(mapper.deserialize(stored, RunAsyncMigration.class))
                .isEqualTo(new RunAsyncMigration("public.flyway_schema_history", 7, "42"));
        assertThat(RunAsyncMigration.class.getName()).isEqualTo("dev.turnasync.jobrunr.RunAsyncMigration");
        assertThat(RunAsyncMigrationHandler.class.getName())
                .isEqualTo("dev.turnasync.jobrunr.RunAsyncMigrationHandler");
    }

    static Stream<JsonMapper> mappers() {
        return Stream.of(new JacksonJsonMapper(), new Jackson3JsonMapper(), new GsonJsonMapper());
    }

    static Stream<Arguments> pairs() {
        var two = new JacksonJsonMapper();
        var three = new Jackson3JsonMapper();
        return Stream.of(
                Arguments.of(two, two), Arguments.of(two, three), Arguments.of(three, two), Arguments.of(three, three));
    }
}
