package dev.turnasync.chaos;

/** Where a PostgreSQL server runs. */
interface Machine {

    /** Where it is found, also after something took its place. */
    int port();

    /** Stops like a power failure, as {@code immediate}, or otherwise; nothing when it is stopped. */
    void stop(String mode);

    /** Starts again; nothing when it runs. */
    void start();
}
