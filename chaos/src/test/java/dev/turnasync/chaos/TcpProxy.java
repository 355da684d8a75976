package dev.turnasync.chaos;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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

/** The network between one worker and the database, which can be cut. */
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
        STRAND
    }

    private static final EventLoopGroup LOOP =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("proxy", true), NioIoHandler.newFactory());

    private final InetAddress host = InetAddress.getLoopbackAddress();
    private volatile int upstream;
    private final Channel server;
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private final List<Channel> waiting = new ArrayList<>();
    private volatile Mode mode = Mode.PASS;

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

    /** Leads new connections to another port. Those that are open stay where they are. */
    void upstream(int port) {
        upstream = port;
    }

    /** Changes what the network does, on the proxy's thread. */
    void mode(Mode next) {
        LOOP.submit(() -> change(next)).syncUninterruptibly();
    }

    private void change(Mode next) {
        mode = next;
        if (next == Mode.CUT) {
            List.copyOf(channels).forEach(TcpProxy::reset);
            waiting.forEach(TcpProxy::reset);
            waiting.clear();
            return;
        }
        channels.forEach(channel -> channel.config().setAutoRead(next == Mode.PASS));
        if (next == Mode.STRAND) {
            channels.clear();
        } else if (next == Mode.PASS) {
            List.copyOf(waiting).forEach(this::connect);
            waiting.clear();
        }
    }

    private void accept(Channel front) {
        switch (mode) {
            case PASS, STRAND -> connect(front);
            case CUT -> reset(front);
            case BLACKHOLE -> waiting.add(front);
        }
    }

    private void connect(Channel front) {
        new Bootstrap()
                .group(LOOP)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new Relay(front))
                .connect(host, upstream)
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        join(front, connected.channel());
                    } else {
                        front.close();
                    }
                });
    }

    private void join(Channel front, Channel back) {
        front.pipeline().addLast(new Relay(back));
        for (var channel : List.of(front, back)) {
            channels.add(channel);
            channel.closeFuture().addListener(closed -> channels.remove(channel));
            channel.config().setAutoRead(mode != Mode.BLACKHOLE);
        }
        if (mode == Mode.CUT) {
            reset(front);
            reset(back);
        }
    }

    private static void reset(Channel channel) {
        if (channel.isOpen() && channel.isRegistered()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        mode(Mode.CUT);
    }

    /** Hands what one side sends to the other, and its end. */
    private static final class Relay extends ChannelInboundHandlerAdapter {

        private final Channel other;

        Relay(Channel other) {
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object data) {
            other.writeAndFlush(data);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            other.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            reset(context.channel());
            reset(other);
        }
    }
}
