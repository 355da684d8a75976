package dev.turnasync.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Collection;
import java.util.Map;

/** Rules against state that a whole JVM shares. */
final class StaticRules {

    private StaticRules() {}

    /** Every static field is final, and neither an array, a collection that can change, nor a concurrency tool. */
    static ArchRule staticsDoNotChange(String root) {
        return fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat()
                .resideInAPackage(root + "..")
                .should(new ArchCondition<>("not change") {
                    @Override
                    public void check(JavaField field, ConditionEvents events) {
                        events.add(new SimpleConditionEvent(
                                field, isSynthetic(field) || isConstant(field), field.getFullName() + " can change"));
                    }
                });
    }

    static ArchRule nobodyUsesThreadLocals(String root) {
        return noClasses()
                .that()
                .resideInAPackage(root + "..")
                .should()
                .dependOnClassesThat(assignableTo(ThreadLocal.class));
    }

    private static boolean isSynthetic(JavaField field) {
        return field.getModifiers().contains(JavaModifier.SYNTHETIC);
    }

    private static boolean isConstant(JavaField field) {
        var type = field.getRawType();
        return field.getModifiers().contains(JavaModifier.FINAL)
                && !type.isArray()
                && !type.getPackageName().startsWith("java.util.concurrent")
                && (!isCollection(type) || isImmutable(field));
    }

    private static boolean isCollection(JavaClass type) {
        return type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class);
    }

    /** The declared type does not tell, so the value is asked for its class. */
    private static boolean isImmutable(JavaField field) {
        try {
            var reflected = field.reflect();
            reflected.setAccessible(true);
            return reflected.get(null).getClass().getName().startsWith("java.util.ImmutableCollections$");
        } catch (IllegalAccessException e) {
            throw new LinkageError(field.getFullName(), e);
        }
    }
}
