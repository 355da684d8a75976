package dev.turnasync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;

/**
 * What a command says about one queue.
 *
 * @param value what it found or did
 * @param exitCode how the command would end if this were the only queue
 * @param json for machines
 * @param page for people
 * @param <T> the value's type
 */
record Answer<T>(T value, int exitCode, ObjectNode json, Consumer<Screen> page) {

    boolean isWell() {
        return exitCode == ExitCode.OK;
    }
}
