package dev.turnasync.jobrunr;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.turnasync.api.EntryStatus;
import dev.turnasync.api.RetryPolicy;
import dev.turnasync.resumable.AsyncContext;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jobrunr.dashboard.JobRunrDashboardWebServer;
import org.jobrunr.dashboard.JobRunrDashboardWebServerConfiguration;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a person sees on JobRunr's dashboard, in a real browser. Pictures go to {@code target/dashboard}. */
@Tag("browser")
class DashboardTest extends Scenario {

    private static final List<String> BROWSERS = List.of("chromium", "chromium-browser", "google-chrome", "chrome");
    private static final String NAME = "V42 backfill orders (3 of 12)";

    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicInteger failures = new AtomicInteger(2);

    private Store store;
    private JobRunrDashboardWebServer dashboard;
    private int port;
    private Playwright playwright;
    private Browser browser;
    private Page page;

    @BeforeEach
    void openDashboard() throws IOException {
        var chromium = chromium();
        assumeTrue(chromium.isPresent(), "no Chromium on the PATH: one of " + BROWSERS);
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        store = Store.in(database);
        port = freePort();
        dashboard = new JobRunrDashboardWebServer(
                store.provider(),
                store.mapper(),
                JobRunrDashboardWebServerConfiguration.usingStandardDashboardConfiguration()
                        .andPort(port)
                        .andAllowAnonymousDataUsage(false));
        dashboard.start();
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium.get())
                        .setArgs(List.of("--no-sandbox")));
        page = browser.newPage(new Browser.NewPageOptions().setViewportSize(1400, 1300));
    }

    @AfterEach
    void closeDashboard() {
        goOn.countDown();
        if (playwright != null) {
            playwright.close();
        }
        if (dashboard != null) {
            dashboard.stop();
        }
        if (store != null) {
            store.close();
        }
    }

    @Test
    void showsEachMigrationAndRetriesOneWhoseJobIsRequeued() {
        var migrations = new ArrayList<Scripted>();
        for (var version = 40; version < 52; version++) {
            migrations.add(version == 42 ? backfill() : noting(Integer.toString(version), "step"));
        }
        var flyway = flyway(migrations.toArray(new Scripted[0]));
        var twice =
                Node.Options.ofDefaults().retryPolicy(RetryPolicy.ofDefaults().withMaxAttempts(2));
        flyway.migrate();
        try (var node = Node.of(flyway, store, twice).startTogether()) {
            awaitStatus(node, "42", EntryStatus.RUNNING);

            open(StateName.PROCESSING);
            seesItRun();
            goOn.countDown();
            open(StateName.SCHEDULED);
            seesTheFirstFailure();
            open(StateName.FAILED);
            seesTheLastFailure();
            awaitStatus(node, "42", EntryStatus.FAILED);
            requeue();

            awaitStatus(node, "51", EntryStatus.SUCCEEDED);
            seesAllOfThem();
        }
    }

    /** JobRunr writes bar and lines at its poll; the page takes them by itself. */
    private void seesItRun() {
        assertThat(page.locator("#job-name-title")).containsText(NAME);
        assertThat(page.locator("#job-name-title .MuiChip-label"))
                .hasText(new String[] {"async-migration", "db:public.flyway_schema_history", "v42"});
        assertThat(page.getByRole(AriaRole.PROGRESSBAR)).hasAttribute("aria-valuenow", "75");
        assertThat(history("Job Processing")).containsText("attempt 1 started by worker");
        assertThat(history("Job Processing")).containsText("done 30 of 40");
        shoot("1-running");
    }

    private void seesTheFirstFailure() {
        assertThat(page.locator("#job-history-panel")).containsText("Retry 1 of 1");
        history("Job processing failed").getByRole(AriaRole.BUTTON).first().click();
        assertThat(history("Job processing failed")).containsText("the disk of 42 is full");
        assertThat(history("Job processing failed")).containsText("DashboardTest.java");
        shoot("2-retry");
    }

    private void seesTheLastFailure() {
        var last = history("Job processing failed").last();
        last.getByRole(AriaRole.BUTTON).first().click();
        assertThat(last).containsText("42 failed for good and blocks the queue");
        assertThat(last).containsText("the disk of 42 is full");
        assertThat(last).containsText("DashboardTest.java");
        shoot("3-failed");
    }

    private void requeue() {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Requeue"))
                .click();
    }

    private void seesAllOfThem() {
        page.navigate(url("jobs?state=SUCCEEDED"));
        assertThat(page.locator("body")).containsText("V51 step (12 of 12)");
        assertThat(page.locator("body")).containsText(NAME);
        shoot("4-all");
    }

    /** A part of the job's history, by its heading. */
    private Locator history(String heading) {
        return page.locator("#job-history-panel > *").filter(new Locator.FilterOptions().setHasText(heading));
    }

    private String url(String path) {
        return "http://localhost:" + port + "/dashboard/" + path;
    }

    /** Opens the page of the migration's job when it is in that state. */
    private void open(StateName state) {
        await().atMost(SOON).until(() -> find(state).isPresent());
        page.navigate(url("jobs/" + find(state).orElseThrow().getId()));
    }

    private Optional<Job> find(StateName state) {
        return store.jobs(state).stream()
                .filter(job -> job.getJobName().equals(NAME))
                .findFirst();
    }

    private void shoot(String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(Path.of("target", "dashboard", name + ".png"))
                .setFullPage(true));
    }

    private Scripted backfill() {
        return Scripted.of("42", "backfill orders", context -> {
            AsyncContext.of(context).progress(30, 40);
            goOn.await();
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the disk of 42 is full");
            }
        });
    }

    private static Optional<Path> chromium() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(directory -> BROWSERS.stream().map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
