package dev.turnasync.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Redraws a picture in place on the terminal's second screen: from the top left corner, each line over the old one, in one
 * write, so that nothing flickers. When it ends, and when the JVM does, the terminal is as it was, with the last picture on its
 * ordinary screen.
 */
final class LivePicture implements WatchCommand.Picture {

    private static final String ESCAPE = "\u001b[";
    private static final String ENTER = ESCAPE + "?1049h" + ESCAPE + "?25l";
    private static final String LEAVE = ESCAPE + "?25h" + ESCAPE + "?1049l";
    private static final String HOME = ESCAPE + "H";
    private static final String CLEAR_LINE = ESCAPE + "K";
    private static final String CLEAR_REST = ESCAPE + "J";

    private final Surroundings surroundings;
    private final boolean colors;
    private final WatchPage page;
    private final Thread hook = new Thread(this::leave, "turnasync-leave-screen");
    private final ReentrantLock turn = new ReentrantLock();
    private String last = "";
    private boolean left;

    private LivePicture(Surroundings surroundings, boolean colors, WatchPage page) {
        this.surroundings = surroundings;
        this.colors = colors;
        this.page = page;
    }

    static LivePicture on(Surroundings surroundings, boolean colors, WatchPage page) {
        var picture = new LivePicture(surroundings, colors, page);
        Runtime.getRuntime().addShutdownHook(picture.hook);
        picture.write(ENTER);
        return picture;
    }

    @Override
    public void show(QueueLook look) {
        var size = surroundings.terminal().live().size().get();
        var text = new StringWriter();
        page.print(new Screen(new PrintWriter(text), colors, Secrets::hideInUrls, size.columns()), look, size);
        var frame = new StringBuilder(HOME);
        text.toString()
                .lines()
                .limit(size.rows() - 1L)
                .forEach(line -> frame.append(line).append(CLEAR_LINE).append("\r\n"));
        turn.lock();
        try {
            if (!left) {
                last = text.toString();
                write(frame.append(CLEAR_REST).toString());
            }
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        leave();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends, and the hook does no more than this.
        }
    }

    private void leave() {
        turn.lock();
        try {
            if (!left) {
                left = true;
                write(LEAVE + last);
            }
        } finally {
            turn.unlock();
        }
    }

    private void write(String text) {
        surroundings.out().print(text);
        surroundings.out().flush();
    }
}
