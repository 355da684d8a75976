package dev.turnasync.chaos;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The network between one worker and the database, which can be cut, stalled and slowed down. */
@SuppressWarnings("FutureReturnValueIgnored") // what a proxy sends or closes may fail, as in a network
final class TcpProxy implements AutoCloseable {

    /** What the network does. */
    enum Mode {
        /** Carries everything. */
        PASS,
        /** Resets all connections, and each new one. */
        CUT,
        /** Carries nothing and says nothing; what was sent arrives when the mode ends. */
        BLACKHOLE,
        /** Forgets the connections it had, as a firewall does: they carry nothing any more, and new ones carry everything. */
        STRAND,
        /** Carries nothing to the database; what was sent arrives when the mode ends. */
        STALL_REQUESTS,
        /** Carries nothing from the database; what was sent arrives when the mode ends. */
        STALL_ANSWERS,
        /** Carries everything {@value #LATENCY_MILLIS} ms later, in each direction. */
        DELAY;

        private boolean carriesRequests() {
            return this == PASS || this == DELAY || this == STALL_ANSWERS;
        }

        private boolean carriesAnswers() {
            return this == PASS || this == DELAY || this == STALL_REQUESTS;
        }
    }

    /** A round trip takes 300 ms. */
    private static final int LATENCY_MILLIS = 150;

    private static final EventLoopGroup LOOP =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("proxy", true), NioIoHandler.newFactory());

    private final InetAddress host = InetAddress.getLoopbackAddress();
    private final Channel server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final List<Channel> waiting = new ArrayList<>();
    private final MessageCount requests = new MessageCount();
    private volatile int upstream;
    private volatile Mode mode = Mode.PASS;

    /** A connection: the worker's half and the database's. */
    private record Link(Channel front, Channel back) {

        /** As the database knows it. */
        int port() {
            return back.localAddress() instanceof InetSocketAddress address ? address.getPort() : -1;
        }

        void carry(Mode mode) {
            front.config().setAutoRead(mode.carriesRequests());
            back.config().setAutoRead(mode.carriesAnswers());
        }

        void reset() {
            Relay.reset(front);
            Relay.reset(back);
        }
    }

    TcpProxy(int upstream) {
        this.upstream = upstream;
        this.server = new ServerBootstrap()
                .group(LOOP)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(host, 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Leads new connections to another port from now on. */
    void upstream(int port) {
        upstream = port;
    }

    /** Changes what the network does, on the proxy's thread. */
    void mode(Mode next) {
        LOOP.submit(() -> change(next)).syncUninterruptibly();
    }

    /** Changes it after what the proxy does at this moment; for use by its own thread. */
    void soon(Mode next) {
        LOOP.execute(() -> change(next));
    }

    /** Changes what it does to some connections, known by their port at the database; until the next change for all. */
    void mode(Mode next, Set<Integer> ports) {
        LOOP.submit(() -> links.stream()
                        .filter(link -> ports.contains(link.port()))
                        .toList()
                        .forEach(link -> change(link, next)))
                .syncUninterruptibly();
    }

    /** What workers send, which can be counted, and stopped at some message. */
    MessageCount requests() {
        return requests;
    }

    private void change(Mode next) {
        mode = next;
        List.copyOf(links).forEach(link -> change(link, next));
        if (next == Mode.CUT) {
            waiting.forEach(Relay::reset);
            waiting.clear();
        } else if (next == Mode.STRAND) {
            links.clear();
        } else if (next != Mode.BLACKHOLE) {
            List.copyOf(waiting).forEach(this::connect);
            waiting.clear();
        }
    }

    private static void change(Link link, Mode next) {
        if (next == Mode.CUT) {
            link.reset();
        } else {
            link.carry(next);
        }
    }

    private void accept(Channel front) {
        switch (mode) {
            case CUT -> Relay.reset(front);
            case BLACKHOLE -> waiting.add(front);
            case PASS, STRAND, STALL_REQUESTS, STALL_ANSWERS, DELAY -> connect(front);
        }
    }

    private int delay() {
        return mode == Mode.DELAY ? LATENCY_MILLIS : 0;
    }

    private void connect(Channel front) {
        new Bootstrap()
                .group(LOOP)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new Relay(front, this::delay, () -> true))
                .connect(host, upstream)
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        join(new Link(front, connected.channel()));
                    } else {
                        front.close();
                    }
                });
    }

    private void join(Link link) {
        link.front().pipeline().addLast(new Relay(link.back(), this::delay, requests::count));
        links.add(link);
        for (var channel : List.of(link.front(), link.back())) {
            channel.closeFuture().addListener(closed -> links.remove(link));
        }
        change(link, mode == Mode.STRAND ? Mode.PASS : mode);
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        mode(Mode.CUT);
    }
}
