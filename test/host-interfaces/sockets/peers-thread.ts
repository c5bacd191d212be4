import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { parentPort } from "node:worker_threads";

const seen = { connections: 0, datagrams: 0 };

const server = createServer((socket) => {
  seen.connections += 1;
  socket.on("error", () => undefined);
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

const udp = createSocket("udp4");
udp.on("message", (data, { address, port }) => {
  seen.datagrams += 1;
  udp.send(data, port, address);
});
udp.bind(0, "127.0.0.1");
await once(udp, "listening");

/** What came before the question is seen before one more connection and one more datagram are. */
async function report(): Promise<void> {
  const last = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(last, "connect");
  last.end("?");
  await once(last.resume(), "close");
  const asker = createSocket("udp4");
  asker.send("?", udp.address().port, "127.0.0.1");
  await once(asker, "message");
  asker.close();
  seen.connections -= 1;
  seen.datagrams -= 1;
  parentPort?.postMessage({ ...seen }, []);
}

parentPort?.on("message", (message: { kind: string; port: number; text: string }) => {
  if (message.kind === "seen") return void report();
  const client = connect(message.port, "127.0.0.1");
  let text = "";
  client.on("data", (chunk: Buffer) => (text += chunk.toString()));
  client.on("error", () => undefined);
  client.on("close", () => parentPort?.postMessage(text, []));
  client.end(message.text);
});
parentPort?.postMessage({ tcp: (server.address() as AddressInfo).port, udp: udp.address().port }, []);
