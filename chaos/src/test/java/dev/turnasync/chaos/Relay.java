package dev.turnasync.chaos;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** Hands what one side sends to the other, and its end, now or later but in order. */
@SuppressWarnings("FutureReturnValueIgnored") // what a proxy sends or closes may fail, as in a network
final class Relay extends ChannelInboundHandlerAdapter {

    private final Channel other;
    private final IntSupplier delayMillis;
    private final BooleanSupplier passes;
    private final Queue<Runnable> onItsWay = new ArrayDeque<>();

    /**
     * Makes a relay.
     *
     * @param other where it hands things to
     * @param delayMillis how much later
     * @param passes asked for each message; false drops it
     */
    Relay(Channel other, IntSupplier delayMillis, BooleanSupplier passes) {
        this.other = other;
        this.delayMillis = delayMillis;
        this.passes = passes;
    }

    static void reset(Channel channel) {
        if (channel.isOpen() && channel.isRegistered()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object data) {
        if (passes.getAsBoolean()) {
            inTime(context, () -> other.writeAndFlush(data));
        } else {
            ReferenceCountUtil.release(data);
        }
    }

    /** What comes later never overtakes what is on its way. */
    private void inTime(ChannelHandlerContext context, Runnable work) {
        var delay = delayMillis.getAsInt();
        if (delay == 0 && onItsWay.isEmpty()) {
            work.run();
            return;
        }
        onItsWay.add(work);
        context.executor().schedule(() -> onItsWay.remove().run(), delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inTime(context, other::close);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        reset(context.channel());
        reset(other);
    }
}
