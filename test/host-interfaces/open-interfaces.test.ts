import assert from "node:assert/strict";
import { it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf } from "../../runtime/index.js";

/** Whatever is added here is linked into every guest without a rule: say why it gives no access by itself. */
const open = [
  // They describe values; whoever holds one got it through a granted call.
  "wasi:io/error",
  "wasi:io/poll",
  "wasi:io/streams",
  "wasi:http/types",
  "wasi:sockets/network",
  // It lists the file roots that some rule names.
  "wasi:filesystem/preopens",
  // It ends the guest.
  "wasi:cli/exit",
  // They say that there is no terminal.
  "wasi:cli/terminal-input",
  "wasi:cli/terminal-output",
  "wasi:cli/terminal-stdin",
  "wasi:cli/terminal-stdout",
  "wasi:cli/terminal-stderr",
  // They make a handle that can do nothing before a rule allows an endpoint.
  "wasi:sockets/instance-network",
  "wasi:sockets/tcp-create-socket",
  "wasi:sockets/udp-create-socket",
];

it("are exactly the ones that give no access by themselves; every other one needs a rule", () => {
  const found = [...contractsOf(hostPackages)].filter(([, { authority }]) => authority === "none");
  assert.deepEqual(found.map(([name]) => name).sort(), [...open].sort());
});
