package dev.turnasync.scenario.before;

import dev.turnasync.api.Async;
import dev.turnasync.fixture.Script;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/** The same migration in two packages. */
@Async
public final class V2__Move_me extends BaseJavaMigration {

    @Override
    public void migrate(Context context) throws Exception {
        Script.note(context, "before");
    }
}
