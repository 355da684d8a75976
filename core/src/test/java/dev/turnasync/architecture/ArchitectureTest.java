package dev.turnasync.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.turnasync.AsyncMigrations;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The core keeps the rules of the house, and each rule is shown to bite: in a folder of {@code violations} it finds every type
 * whose name begins with {@code Wrong} and none whose name begins with {@code Right}.
 */
class ArchitectureTest {

    private static final String ROOT = "dev.turnasync";

    private static final String VIOLATIONS = ROOT + ".architecture.violations.";

    /** What the jar has in it, without the tests. */
    private static final JavaClasses CORE = new ClassFileImporter()
            .importUrl(
                    AsyncMigrations.class.getProtectionDomain().getCodeSource().getLocation());

    static List<Rule> rules() {
        return HouseRules.all();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void keeps(Rule rule) {
        rule.in().apply(ROOT).check(CORE);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void bites(Rule rule) {
        var classes = canary(rule.canary());
        var found = violations(rule.in().apply(VIOLATIONS + rule.canary()), classes);

        assertThat(named("Wrong", classes))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(found)
                        .anySatisfy(detail -> assertThat(detail).contains(name)));
        assertThat(named("Right", classes))
                .allSatisfy(name -> assertThat(found)
                        .noneSatisfy(detail -> assertThat(detail).contains(name)));
    }

    @Test
    void hasFewPublicTypesInAPackage() {
        HouseRules.publicTypesPerPackage(HouseRules.MOST_PUBLIC_TYPES).check(CORE);
    }

    @Test
    void countsThePublicTypesOfAPackage() {
        var crowd = canary("crowd");

        assertThat(violations(HouseRules.publicTypesPerPackage(1), crowd)).hasSize(2);
        assertThat(violations(HouseRules.publicTypesPerPackage(2), crowd)).isEmpty();
    }

    static Stream<Arguments> forbiddenArrows() {
        return HouseRules.ARROWS.keySet().stream()
                .flatMap(from -> HouseRules.ARROWS.keySet().stream()
                        .filter(to -> !to.equals(from))
                        .filter(to ->
                                !HouseRules.ARROWS.getOrDefault(from, Set.of()).contains(to))
                        .map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest
    @MethodSource("forbiddenArrows")
    void seesEachForbiddenArrow(String from, String to) {
        var root = VIOLATIONS + "arrows";
        var found = violations(HouseRules.packagesFollowTheArrows(root), canary("arrows"));

        var source = "<" + HouseRules.name(root, from) + ".";
        var target = "<" + HouseRules.name(root, to) + ".";
        assertThat(found)
                .anySatisfy(detail -> assertThat(detail)
                        .containsPattern(
                                source.replace(".", "\\.") + "[A-Z].*" + target.replace(".", "\\.") + "[A-Z]"));
    }

    @Test
    void listsNoDoorThatIsClosedOrGone() {
        assertThat(HouseRules.DOORS)
                .allSatisfy(door ->
                        assertThat(CORE.get(ROOT + "." + door)).matches(HouseRules::isPublicTopLevel, "is public"));
    }

    @Test
    void listsNoInsiderThatNeedsFlywaysInsideNoLonger() {
        assertThat(HouseRules.FLYWAY_INSIDERS)
                .allSatisfy(insider -> assertThat(CORE.get(ROOT + "." + insider).getDirectDependenciesFromSelf())
                        .anyMatch(dependency -> HouseRules.flywaysInside().test(dependency.getTargetClass())));
    }

    private static JavaClasses canary(String folder) {
        return new ClassFileImporter().importPackages(VIOLATIONS + folder);
    }

    private static List<String> violations(ArchRule rule, JavaClasses classes) {
        return rule.evaluate(classes).getFailureReport().getDetails();
    }

    private static List<String> named(String prefix, JavaClasses classes) {
        return classes.stream()
                .filter(type -> type.getSimpleName().startsWith(prefix))
                .map(JavaClass::getName)
                .toList();
    }
}
