package dev.turnasync.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** Where each package and type of the core has its place. */
final class HouseRules {

    /** What each package may know of the others. A package that is not listed has no place yet. */
    static final Map<String, Set<String>> ARROWS = Map.of(
            "", Set.of("worker", "flyway", "resumable", "jdbc", "spi", "api"),
            "worker", Set.of("spi", "api"),
            "flyway", Set.of("resumable", "jdbc", "spi", "api"),
            "resumable", Set.of("jdbc", "api"),
            "jdbc", Set.of("spi", "api"),
            "spi", Set.of("api"),
            "api", Set.of());

    /** The types outside api and spi that are public. */
    static final List<String> DOORS = List.of(
            "AsyncMigrations",
            "AsyncMigrationsBuilder",
            "Shard",
            "ShardKey",
            "ShardResult",
            "ShardResults",
            "ShardWork",
            "Shards",
            "ShardsBuilder",
            "resumable.AsyncContext",
            "flyway.AsyncJavaMigration",
            "flyway.AsyncMode",
            "resumable.FencedTransaction",
            "flyway.FlywayHook",
            "flyway.FlywayMigrationRunner",
            "flyway.MigrateGate",
            "flyway.MigrateMode",
            "flyway.MigrationRegistry",
            "flyway.TurnAsyncConfigurationExtension",
            "flyway.TurnAsyncPlugin",
            "flyway.Undoable",
            "jdbc.CleanText",
            "jdbc.Doctor",
            "jdbc.CheckpointText",
            "jdbc.ErrorReports",
            "jdbc.FencedSession",
            "jdbc.HistoryMark",
            "jdbc.Jdbc",
            "jdbc.JdbcEnqueuer",
            "jdbc.JdbcMigrationQueue",
            "jdbc.JdbcQueueStore",
            "jdbc.LentConnection",
            "jdbc.Notifications",
            "jdbc.QueueName",
            "jdbc.QueueNames",
            "jdbc.QueueTables",
            "jdbc.RequiredMigrations",
            "resumable.Backfill",
            "resumable.Batch",
            "resumable.Ddl",
            "resumable.ForeignKey",
            "resumable.Index",
            "resumable.Steps",
            "resumable.Throttle",
            "worker.MigrateWorkers",
            "worker.Watcher",
            "worker.WorkerSettings",
            "worker.Workers");

    /** The types that touch what Flyway does not promise to keep. */
    static final List<String> FLYWAY_INSIDERS = List.of(
            "flyway.AsyncJavaMigration",
            "flyway.EnqueueExecutor",
            "flyway.FlywayInternals",
            "flyway.IdleHistory",
            "flyway.MigrateGate",
            "flyway.HookedJavaMigration",
            "flyway.RequiringExecutor",
            "flyway.TurnAsyncConfigurationExtension",
            "flyway.TurnAsyncPlugin");

    static final int MOST_PUBLIC_TYPES = 18;

    private static final List<String> EMPTY_WORDS =
            List.of("Impl", "Util", "Utils", "Helper", "Manager", "Handler", "Processor", "Data", "Info");

    private static final String[] JDK_AND_JSPECIFY = {"java..", "javax..", "org.jspecify.annotations.."};

    private HouseRules() {}

    static List<Rule> all() {
        return List.of(
                new Rule("packages follow the arrows", "arrows", HouseRules::packagesFollowTheArrows),
                new Rule("every package has its place in the arrows", "unplaced", HouseRules::everyPackageIsPlaced),
                new Rule("packages have no cycles", "cycle", HouseRules::packagesHaveNoCycles),
                new Rule(
                        "only root, flyway, resumable and api know Flyway",
                        "flywayuse",
                        HouseRules::fewPackagesKnowFlyway),
                new Rule("few types know Flyway's inside", "insiders", HouseRules::fewTypesKnowFlywaysInside),
                new Rule("api, spi and worker know no JDBC", "jdbcuse", HouseRules::someKnowNoJdbc),
                new Rule("api imports the JDK, JSpecify and Flyway's api", "apiimports", HouseRules::apiImportsLittle),
                new Rule("spi imports the JDK and JSpecify", "spiimports", HouseRules::spiImportsLess),
                new Rule("only doors are public", "doors", HouseRules::onlyDoorsArePublic),
                new Rule("statics do not change", "statics", StaticRules::staticsDoNotChange),
                new Rule("nobody uses a ThreadLocal", "threadlocal", StaticRules::nobodyUsesThreadLocals),
                new Rule("nobody reads the wall clock or sleeps", "clock", ClockRules::nobodyReadsTheWallClock),
                new Rule("every package is @NullMarked", "nullness", HouseRules::everyPackageIsNullMarked),
                new Rule("names say something", "names", HouseRules::namesSaySomething));
    }

    static ArchRule packagesFollowTheArrows(String root) {
        return CompositeArchRule.of(ARROWS.keySet().stream()
                .sorted()
                .map(from -> noClasses()
                        .that(resideInAPackage(name(root, from)))
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(others(root, from)))
                        .allowEmptyShould(true))
                .map(ArchRule.class::cast)
                .toList());
    }

    private static String[] others(String root, String from) {
        return ARROWS.keySet().stream()
                .filter(to ->
                        !to.equals(from) && !ARROWS.getOrDefault(from, Set.of()).contains(to))
                .map(to -> name(root, to))
                .toArray(String[]::new);
    }

    static String name(String root, String part) {
        return part.isEmpty() ? root : root + "." + part;
    }

    static ArchRule everyPackageIsPlaced(String root) {
        return classes()
                .should()
                .resideInAnyPackage(
                        ARROWS.keySet().stream().map(part -> name(root, part)).toArray(String[]::new));
    }

    static ArchRule packagesHaveNoCycles(String root) {
        return slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return type.getPackageName().startsWith(root)
                                ? SliceIdentifier.of(type.getPackageName())
                                : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "packages below " + root;
                    }
                })
                .should()
                .beFreeOfCycles();
    }

    static ArchRule fewPackagesKnowFlyway(String root) {
        return noClasses()
                .that(not(resideInAnyPackage(root, root + ".flyway", root + ".resumable", root + ".api")))
                .should()
                .dependOnClassesThat(resideInAPackage("org.flywaydb.."));
    }

    static ArchRule fewTypesKnowFlywaysInside(String root) {
        return noClasses().that(not(in(root, FLYWAY_INSIDERS))).should().dependOnClassesThat(flywaysInside());
    }

    static DescribedPredicate<JavaClass> flywaysInside() {
        return resideInAnyPackage("org.flywaydb.core.internal..", "org.flywaydb.core.extensibility..");
    }

    static DescribedPredicate<JavaClass> in(String root, List<String> names) {
        return describe(
                "are " + names,
                type -> names.stream()
                        .map(name -> root + "." + name)
                        .anyMatch(name ->
                                type.getName().equals(name) || type.getName().startsWith(name + "$")));
    }

    static ArchRule someKnowNoJdbc(String root) {
        return noClasses()
                .that(resideInAnyPackage(root + ".api", root + ".spi", root + ".worker"))
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql.."));
    }

    static ArchRule apiImportsLittle(String root) {
        var allowed =
                Stream.concat(Arrays.stream(JDK_AND_JSPECIFY), Stream.of(root + ".api", "org.flywaydb.core.api.."));
        return classes()
                .that(resideInAPackage(root + ".api"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed.toArray(String[]::new)));
    }

    static ArchRule spiImportsLess(String root) {
        var allowed = Stream.concat(Arrays.stream(JDK_AND_JSPECIFY), Stream.of(root + ".spi", root + ".api"));
        return classes()
                .that(resideInAPackage(root + ".spi"))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed.toArray(String[]::new)));
    }

    static ArchRule onlyDoorsArePublic(String root) {
        return classes()
                .that(describe("are public", HouseRules::isPublicTopLevel))
                .and(not(resideInAnyPackage(root + ".api", root + ".spi")))
                .should(be(in(root, DOORS)));
    }

    static boolean isPublicTopLevel(JavaClass type) {
        return type.isTopLevelClass() && !type.isArray() && type.getModifiers().contains(JavaModifier.PUBLIC);
    }

    static ArchRule publicTypesPerPackage(int most) {
        return classes()
                .that(describe("are public", HouseRules::isPublicTopLevel))
                .should(be(describe(
                        "one of at most " + most + " public types of its package",
                        type -> type.getPackage().getClasses().stream()
                                        .filter(HouseRules::isPublicTopLevel)
                                        .count()
                                <= most)));
    }

    /** A package's own annotation counts; that of its parent does not reach it. */
    static ArchRule everyPackageIsNullMarked(String root) {
        return classes()
                .that(resideInAPackage(root + ".."))
                .should(be(describe(
                        "in a package whose package-info is @NullMarked",
                        type -> type.getPackage().isAnnotatedWith(NullMarked.class))));
    }

    static ArchRule namesSaySomething(String root) {
        return noClasses()
                .that(resideInAPackage(root + ".."))
                .should(be(describe(
                        "named with an empty word",
                        type -> EMPTY_WORDS.stream().anyMatch(type.getSimpleName()::endsWith))));
    }

    static ArchCondition<JavaClass> be(DescribedPredicate<? super JavaClass> predicate) {
        return new ArchCondition<>("be " + predicate.getDescription()) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                var holds = predicate.test(type);
                events.add(new SimpleConditionEvent(
                        type, holds, type.getName() + (holds ? " is " : " is not ") + predicate.getDescription()));
            }
        };
    }
}
