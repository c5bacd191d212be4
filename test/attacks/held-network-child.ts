/**
 * A process of its own for one guest that has the host hold things of the network for it: in a copy of a home, runs `script`
 * with a piece of JavaScript that may use one port of this machine in every way, and any name, and prints what came of it
 * with the most memory that this process had resident, as one line of JSON.
 */
import { openArena, unsignedGuest } from "./harness.js";
import { peakMiB } from "./peak-memory.js";
import { scriptPolicy } from "./script-policy.js";

const [home = "", memory = "64MiB", script = "", port = "0"] = process.argv.slice(2);
const everyWay = `ports: [0, ${port}], protocols: [tcp, udp], direction: [connect, bind, listen]`;
const arena = await openArena({
  like: home,
  hostPackages: new URL("./removed-checks/many-names-packages.js", import.meta.url),
});
try {
  const policy = scriptPolicy({
    allow: [
      `{ interface: "wasi:sockets/*", net: [{ addresses: [loopback], ${everyWay} }, { hosts: ["*"], ${everyWay} }] }`,
      `{ interface: "wasi:http/outgoing-handler", http: { methods: [GET, POST], scheme: http, hosts: ["127.0.0.1"], ports: [${port}], paths: [/] } }`,
    ],
    limits: "hostCalls: 100000000, bytesOut: 100GiB, ",
  }).replace("memory: 128MiB", `memory: ${memory}`);
  let output = "";
  const run = await arena.runtime.start({
    component: await unsignedGuest("script"),
    policy: { bytes: Buffer.from(policy), name: "held.yaml" },
    onOutput(_stream, bytes, done) {
      output += Buffer.from(bytes).toString("utf8");
      done();
    },
    args: ["script", script],
  });
  const { outcome } = await run.finished;
  process.stdout.write(`${JSON.stringify({ outcome, output: output.slice(0, 2000), peakMiB: peakMiB() })}\n`);
} finally {
  await arena.close();
}
