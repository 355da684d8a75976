package dev.turnasync.quartz;

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
import dev.turnasync.quartz.violations.ViolationsMarker;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final ArchRule FRONT_DOOR_ONLY = classes()
            .that(alwaysTrue())
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    "org.quartz",
                    "org.quartz.listeners",
                    "dev.turnasync",
                    "dev.turnasync.api",
                    "dev.turnasync.quartz..");

    private static final ArchRule NO_INSIDES_OF_QUARTZ = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.quartz.impl..", "org.quartz.core..", "org.quartz.spi..");

    private static final ArchRule NO_STATIC_STATE =
            fields().that().areStatic().should().beFinal().andShould().notHaveRawType(ThreadLocal.class);
    private final JavaClasses adapter = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.turnasync.quartz");

    private final JavaClasses violations = new ClassFileImporter().importPackagesOf(ViolationsMarker.class);

    @Test
    void usesTheFrontDoorOfTheCoreOnly() {
        FRONT_DOOR_ONLY.check(adapter);
        assertThat(FRONT_DOOR_ONLY.evaluate(violations).getFailureReport().toString())
                .contains("UsesTheStore");
    }

    @Test
    void leavesQuartzsInsidesAlone() {
        NO_INSIDES_OF_QUARTZ.check(adapter);
        assertThat(NO_INSIDES_OF_QUARTZ.evaluate(violations).getFailureReport().toString())
                .contains("UsesQuartzsInsides");
    }

    @Test
    void keepsNoStaticState() {
        NO_STATIC_STATE.check(adapter);
        assertThat(NO_STATIC_STATE.evaluate(violations).getFailureReport().toString())
                .contains("ViolationsMarker.counter");
        assertThat(adapter).anyMatch(type -> type.getModifiers().contains(JavaModifier.PUBLIC));
    }
}
