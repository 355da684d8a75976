package dev.turnasync.jdbc;

import dev.turnasync.spi.Claim;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connection that a migration's body gets: its session's own, until the run ends. Then every call on it, and on the statements,
 * results and metadata that came from it, is refused; a thread that the body left behind can neither commit by itself nor write
 * into the next migration's transaction.
 *
 * <p>What is lent has all interfaces of what the driver or pool gave, and so has what {@code unwrap} gives for an interface. Where a
 * body gets at something beneath, such as the driver's class or its copy manager, that is noted, and the connection is not used again.
 *
 * <p>Safe for use by many threads.
 */
public final class LentConnection {

    private static final System.Logger LOG = System.getLogger(LentConnection.class.getName());

    private static final ClassValue<Class<?>[]> INTERFACES = new ClassValue<>() {
        @Override
        protected Class<?>[] computeValue(Class<?> type) {
            return interfaces(type).toArray(Class<?>[]::new);
        }
    };

    private final Connection connection;
    private final String borrower;

    /** How many calls are under way; negative once the loan has ended. */
    private final AtomicInteger calls = new AtomicInteger();

    private final AtomicBoolean told = new AtomicBoolean();
    private volatile boolean leftBusy;
    private volatile boolean reachedBeneath;

    LentConnection(Connection real, Claim claim) {
        this.borrower = claim.entry().label() + " (attempt " + claim.attempt() + ")";
        this.connection = (Connection) lend(real, null);
    }

    /**
     * Returns the connection for the body.
     *
     * @return always the same
     */
    public Connection connection() {
        return connection;
    }

    /**
     * Ends the loan, before what the body did is committed or settled.
     *
     * @throws IllegalStateException if another thread is at work on the connection, so that the end of the body is not the end of
     *     what it does
     */
    public void takeBack() {
        end();
        requireQuiet(0);
    }

    /**
     * Begins something on the session that is the run's own doing, such as a transaction.
     *
     * @throws IllegalStateException if the loan has ended: it is a thread that the body left behind
     */
    public void enter() {
        if (calls.getAndIncrement() < 0) {
            calls.getAndDecrement();
            throw new IllegalStateException(refusal("a transaction").getMessage());
        }
    }

    /** Ends it. */
    public void leave() {
        calls.getAndDecrement();
    }

    /**
     * Tells whether the loan has ended.
     *
     * @return true when whoever asks was left behind
     */
    public boolean isOver() {
        return calls.get() < 0;
    }

    /**
     * Refuses a commit while another thread is at work on the connection: its statement would be committed or not as it happens.
     *
     * @param own how often {@link #enter} was called and not left
     * @throws IllegalStateException if it is so; the message names the migration
     */
    public void requireQuiet(int own) {
        if (leftBusy || calls.get() > own) {
            leftBusy = true;
            throw new IllegalStateException(
                    borrower + " is at its end, and another thread that it started is still at work on its"
                            + " connection; nothing of that is committed. Let the body wait for its threads before it returns.");
        }
    }

    private void end() {
        if (calls.getAndUpdate(count -> count < 0 ? count : count + Integer.MIN_VALUE) > 0) {
            leftBusy = true;
        }
    }

    /** Ends the loan. Returns whether the connection is spent with it: a call was under way, or somebody holds what is beneath. */
    boolean endsSpent() {
        end();
        return leftBusy || reachedBeneath;
    }

    private Object lend(Object real, @Nullable Object from) {
        var types = INTERFACES.get(real.getClass());
        var loader = real.getClass().getClassLoader();
        return Proxy.newProxyInstance(
                loader == null ? LentConnection.class.getClassLoader() : loader, types, new Lent(real, from));
    }

    /** The public interfaces that a class has, and that its own class loader knows by the same name. */
    private static Set<Class<?>> interfaces(Class<?> type) {
        var found = new LinkedHashSet<Class<?>>();
        for (var each = type; each != null; each = each.getSuperclass()) {
            for (var one : each.getInterfaces()) {
                found.addAll(isKnown(one, type.getClassLoader()) ? Set.of(one) : interfaces(one));
            }
        }
        return found;
    }

    private static boolean isKnown(Class<?> type, @Nullable ClassLoader loader) {
        try {
            return Modifier.isPublic(type.getModifiers()) && Class.forName(type.getName(), false, loader) == type;
        } catch (ClassNotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, "an interface that is not lent on", e);
            return false;
        }
    }

    private SQLException refusal(String what) {
        var text = borrower + " has ended, and the thread "
                + Thread.currentThread().getName()
                + " still uses the connection that it was given; " + what
                + " was refused. Let the body wait for its threads before it returns.";
        var refusal = new SQLException(text, "08003");
        if (told.compareAndSet(false, true)) {
            LOG.log(System.Logger.Level.WARNING, text, refusal);
        }
        return refusal;
    }

    /** Something that is lent: the connection, or what came from it. */
    private final class Lent implements InvocationHandler {

        private final Object real;

        /** What it came from, as it is lent; null for what came from the connection. */
        private final @Nullable Object from;

        Lent(Object real, @Nullable Object from) {
            this.real = real;
            this.from = from;
        }

        @Override
        public @Nullable Object invoke(Object lent, Method method, Object @Nullable [] arguments) throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return ofObject(lent, method, arguments);
            }
            return switch (method.getName()) {
                case "close" -> isOver() ? null : counted(lent, method, arguments);
                case "isClosed" -> isOver() ? true : counted(lent, method, arguments);
                case "cancel", "cancelQuery", "abort" ->
                    beside(method, arguments); // meant for what another thread does
                case "unwrap" -> unwrapped(lent, method, arguments);
                default -> counted(lent, method, arguments);
            };
        }

        private @Nullable Object ofObject(Object lent, Method method, Object @Nullable [] arguments) {
            return switch (method.getName()) {
                case "equals" -> arguments != null && lent == arguments[0];
                case "hashCode" -> System.identityHashCode(lent);
                default -> real.toString();
            };
        }

        private @Nullable Object beside(Method method, Object @Nullable [] arguments) throws Throwable {
            if (isOver()) {
                throw refused(method);
            }
            return call(method, arguments);
        }

        private @Nullable Object counted(Object lent, Method method, Object @Nullable [] arguments) throws Throwable {
            try {
                if (calls.getAndIncrement() < 0) {
                    throw refused(method);
                }
                return result(lent, method, call(method, arguments));
            } finally {
                calls.getAndDecrement();
            }
        }

        private Exception refused(Method method) {
            var refusal = refusal(method.getName());
            return Arrays.asList(method.getExceptionTypes()).contains(SQLException.class)
                    ? refusal
                    : new IllegalStateException(refusal.getMessage(), refusal);
        }

        private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private @Nullable Object result(Object lent, Method method, @Nullable Object result) {
            if (result instanceof Connection) {
                return connection;
            }
            if (from != null && Proxy.getInvocationHandler(from) instanceof Lent origin && origin.real == result) {
                return from;
            }
            if (result instanceof Statement || result instanceof ResultSet || result instanceof DatabaseMetaData) {
                return lend(result, lent);
            }
            if (reachesBeneath(method, result)) {
                reachedBeneath = true;
            }
            return result;
        }

        private static boolean reachesBeneath(Method method, @Nullable Object result) {
            if (result instanceof Blob || result instanceof Clob) {
                return true;
            }
            var standard = method.getDeclaringClass().getPackageName().equals("java.sql");
            return !standard
                    && result != null
                    && !result.getClass().getName().startsWith("java.")
                    && !result.getClass().isArray()
                    && !(result instanceof Enum || result instanceof Array);
        }

        private @Nullable Object unwrapped(Object lent, Method method, Object @Nullable [] arguments) throws Throwable {
            if (arguments == null || !(arguments[0] instanceof Class<?> wanted)) {
                return counted(lent, method, arguments);
            }
            if (wanted.isInstance(lent)) {
                return lent;
            }
            if (isOver()) {
                throw refused(method);
            }
            var inner = ((Wrapper) real).unwrap(wanted);
            var onward = wanted.isInterface() ? lend(inner, from) : inner;
            if (onward != inner && wanted.isInstance(onward)) {
                return onward;
            }
            reachedBeneath = true;
            return inner;
        }
    }
}
