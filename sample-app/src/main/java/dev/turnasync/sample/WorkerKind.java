package dev.turnasync.sample;

/** What wakes the worker, by the name it has on the command line. */
enum WorkerKind {
    /** JobRunr, with a job for each migration. */
    JOBRUNR("JobRunr"),
    /** Quartz, with its clustered store. */
    QUARTZ("Quartz"),
    /** Nothing but TurnAsync's own watcher. */
    NONE("TurnAsync's own watcher");

    private final String label;

    WorkerKind(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
