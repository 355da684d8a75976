package dev.turnasync.cli;

/** The command line of TurnAsync; {@code turnasync --help} tells what it can do. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and ends the JVM with its exit code.
     *
     * @param arguments the command and its options
     */
    public static void main(String[] arguments) {
        // Java 22 to 24 give a console even where there is no terminal; this asks for the one that tells the truth.
        System.setProperty("jdk.console", "java.base");
        System.exit(new TurnAsyncCommandLine(Surroundings.real()).run(arguments));
    }
}
