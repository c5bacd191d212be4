import type { Socket } from "node:net";
import { networkErrorCode } from "../network-error-code.js";
import type { PassingBytes } from "./passing-bytes.js";
import type { SignalSender } from "./signal.js";
import { ReadEnd, WriteEnd } from "./stream-ends.js";

/** In the I/O thread: both ends of an established connection. */
export class TcpConnection {
  readonly socket: Socket;
  readonly input: ReadEnd;
  readonly output: WriteEnd;

  constructor(socket: Socket, read: SignalSender, write: SignalSender, passing: PassingBytes) {
    this.socket = socket;
    this.input = new ReadEnd(socket, read, networkErrorCode, passing);
    this.output = new WriteEnd(socket, write, networkErrorCode, passing);
  }

  shutdown(how: "receive" | "send" | "both"): void {
    if (how !== "send") this.input.stop();
    if (how !== "receive") this.socket.end();
  }
}
