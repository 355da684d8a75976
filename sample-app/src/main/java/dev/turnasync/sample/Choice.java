package dev.turnasync.sample;

/**
 * What the user chose on the command line.
 *
 * @param orders how many orders the shop has
 * @param worker what wakes the worker
 * @param dashboard whether JobRunr's dashboard is wanted
 * @param nodes how many processes work on the queue; 0 for this process alone
 * @param kill whether one of them is killed every few seconds
 */
record Choice(int orders, WorkerKind worker, boolean dashboard, int nodes, boolean kill) {

    String drainer() {
        return nodes == 0 ? worker.label() : nodes + " nodes with " + worker.label();
    }
}
