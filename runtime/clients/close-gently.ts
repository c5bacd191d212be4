import type { Socket } from "node:net";

/** What is still on its way from the client is awaited for so long, and goes nowhere. */
const lingerMs = 5000;

/**
 * Ends a connection so that the client gets what it was sent (RFC 9112, section 9.6). To close with bytes unread resets
 * the connection, and a reset takes away what the client has not read yet.
 */
export function closeGently(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  socket.end(() => {
    if (socket.readableEnded) socket.destroy();
    else socket.once("end", () => socket.destroy()).resume();
  });
}
