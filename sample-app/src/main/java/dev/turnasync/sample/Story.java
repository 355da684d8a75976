package dev.turnasync.sample;

/** What the sample shows, from the first deploy to the check at the end. */
interface Story {

    /**
     * Tells it.
     *
     * @return whether everything came out as it should
     */
    boolean tell(Choice choice) throws Exception;
}
