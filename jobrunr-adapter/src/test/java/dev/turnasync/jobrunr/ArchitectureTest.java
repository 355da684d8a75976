package dev.turnasync.jobrunr;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.turnasync.jobrunr.violations.ViolationsMarker;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final ArchRule FRONT_DOOR_ONLY = classes()
            .that(alwaysTrue())
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    "org.jobrunr..",
                    "dev.turnasync",
                    "dev.turnasync.api",
                    "dev.turnasync.jobrunr..");

    /** But for what looks after the server of this node, and asks its storage. */
    private static final ArchRule NO_JOBRUNR_STORAGE = noClasses()
            .that()
            .doNotHaveSimpleName("Watchdog")
            .and()
            .doNotHaveSimpleName("LocalServer")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.jobrunr.storage..");

    private static final ArchRule NO_STATIC_STATE =
            fields().that().areStatic().should().beFinal().andShould().notHaveRawType(ThreadLocal.class);
    private final JavaClasses adapter = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.turnasync.jobrunr");

    private final JavaClasses violations = new ClassFileImporter().importPackagesOf(ViolationsMarker.class);

    @Test
    void usesTheFrontDoorOfTheCoreOnly() {
        FRONT_DOOR_ONLY.check(adapter);
        assertThat(FRONT_DOOR_ONLY.evaluate(violations).getFailureReport().toString())
                .contains("UsesTheStore");
    }

    @Test
    void leavesJobRunrsStorageAlone() {
        NO_JOBRUNR_STORAGE.check(adapter);
        assertThat(NO_JOBRUNR_STORAGE.evaluate(violations).getFailureReport().toString())
                .contains("UsesJobRunrsStorage");
    }

    @Test
    void keepsNoStaticState() {
        NO_STATIC_STATE.check(adapter);
        assertThat(NO_STATIC_STATE.evaluate(violations).getFailureReport().toString())
                .contains("ViolationsMarker.counter");
        assertThat(adapter).anyMatch(type -> type.getModifiers().contains(JavaModifier.PUBLIC));
    }
}
