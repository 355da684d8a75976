package dev.turnasync.sample;

import java.util.stream.Stream;

/** A version of the shop: the folder that holds its migrations, besides those of version 1. */
enum Release {
    /** Creates the shop. */
    ONE("v1"),
    /** Six migrations, four of them async. */
    TWO("v2"),
    /** Four async migrations, two of which fail. */
    MISTAKEN("mistakes");

    private final String folder;

    Release(String folder) {
        this.folder = folder;
    }

    String[] locations() {
        return Stream.of(ONE.folder, folder)
                .distinct()
                .map(name -> "classpath:dev/turnasync/sample/" + name)
                .toArray(String[]::new);
    }
}
