import { getArguments } from "wasi:cli/environment@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import * as handler from "wasi:http/outgoing-handler@0.2.12";
import * as http from "wasi:http/types@0.2.12";
import * as atomics from "wasi:keyvalue/atomics@0.2.0-draft2";
import * as batch from "wasi:keyvalue/batch@0.2.0-draft2";
import * as store from "wasi:keyvalue/store@0.2.0-draft2";
import * as logging from "wasi:logging/logging@0.1.0-draft";
import { instanceNetwork } from "wasi:sockets/instance-network@0.2.12";
import * as lookup from "wasi:sockets/ip-name-lookup@0.2.12";
import * as tcp from "wasi:sockets/tcp-create-socket@0.2.12";
import * as udp from "wasi:sockets/udp-create-socket@0.2.12";
import { print } from "../client/output.js";
import { encodeText } from "../client/text.js";
import { describeError } from "../client/wit-error.js";

// Attacks: whatever its first argument says, a piece of JavaScript over the bindings below, so that a test can write the
// attack beside what must hold it. `attempt(label, act)` prints `LABEL: ok …` or `LABEL: ERROR`; `count(times, act)`
// tells how many of so many calls went through. The last line of a script that got so far is `end`.
// Held by: the policy that the test runs it under.

const bindings = {
  atomics,
  batch,
  bytes: encodeText,
  getDirectories,
  handler,
  http,
  instanceNetwork,
  logging,
  lookup,
  print,
  store,
  tcp,
  udp,
  attempt(label: string, act: () => unknown): void {
    try {
      const got = act();
      print(`${label}: ok${got === undefined ? "" : ` ${JSON.stringify(got)}`}`);
    } catch (error) {
      print(`${label}: ${describeError(error)}`);
    }
  },
  count(times: number, act: (index: number) => void): number {
    let made = 0;
    for (let index = 0; index < times; index++) {
      try {
        act(index);
        made += 1;
      } catch {
        // A denial; the test looks at how many there were.
      }
    }
    return made;
  },
};

export const run = {
  run(): void {
    const [, text = ""] = getArguments();
    // oxlint-disable-next-line typescript/no-implied-eval -- running what a test wrote is all that this guest is for
    const script = new Function(...Object.keys(bindings), text);
    script(...Object.values(bindings));
    print("end");
  },
};
