package dev.turnasync.jobrunr.violations;

import org.jobrunr.storage.StorageProvider;

/** Breaks the rule that JobRunr's tables are JobRunr's business. */
record UsesJobRunrsStorage(StorageProvider provider) {}
