package dev.turnasync.quartz.violations;

import org.quartz.impl.StdScheduler;

/** Breaks the rule that Quartz's insides are Quartz's business. */
record UsesQuartzsInsides(StdScheduler scheduler) {}
