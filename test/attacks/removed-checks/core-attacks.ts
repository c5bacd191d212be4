import { guardCore } from "../../../runtime/sandbox/gate/guard-core.js";
import { createPoison, type Poison } from "../../../runtime/sandbox/gate/poison.js";
import { createResourceTable } from "../../../runtime/sandbox/gate/resources.js";
import { assemble } from "../../component/sample-components.js";
import { guestBytes } from "../harness.js";
import type { Verdict } from "./stage.js";
import { uncounted } from "../uncounted.js";

/*
 * Attacks right at the guard, with a core module that catches everything: an engine may lack its instructions, and then
 * there is nothing to show.
 */

interface Struggle {
  /** How often the guest called the host after the call that should have been its last. */
  readonly calls: number;
  /** Whether `run` returned instead of trapping. */
  readonly returned: boolean;
}

export async function canCatch(): Promise<boolean> {
  return WebAssembly.validate(await guestBytes("catch-all-core"));
}

/** Catches what comes of one call, and returns: it needs the host for nothing else. */
const quiet = `(module
  (import "host" "forbidden" (func $forbidden))
  (func (export "run") try (call $forbidden) catch_all end))`;

/** @param guest what goes on calling the host if it can, unless said */
async function struggle(
  forbidden: (poison: Poison, again: () => void) => void,
  guest: Promise<Uint8Array> = guestBytes("catch-all-core"),
): Promise<Struggle> {
  const module = new WebAssembly.Module(await guest);
  const poison = createPoison();
  const instantiate = guardCore(poison);
  let calls = 0;
  const ran = (): void => {
    calls += 1;
  };
  const run = (host: Record<string, unknown>): void => {
    const { exports } = instantiate(module, { host });
    (exports["run"] as () => void)();
  };
  let returned = true;
  try {
    run({ ran, forbidden: () => forbidden(poison, () => run({ ran, forbidden: ran })) });
  } catch {
    returned = false;
  }
  return { calls, returned };
}

function swallow(act: () => void): void {
  try {
    act();
  } catch {
    // As generated code might: a frame of JavaScript between two of the guest.
  }
}

const verdict = ({ calls, returned }: Struggle, succeeded: boolean): Verdict => ({
  succeeded,
  seen: `${calls} calls, ${returned ? "it returned" : "it trapped"}`,
});

export const coreAttacks = {
  /** Catches what the host throws. */
  "catch an error": async (): Promise<Verdict> => {
    const came = await struggle(() => {
      throw new Error("no");
    });
    return verdict(came, came.calls > 0);
  },
  /** Catches the end of its run. */
  "catch a trap": async (): Promise<Verdict> => {
    const came = await struggle((poison) => poison.trap({ kind: "exit", code: 0 }), assemble(quiet));
    return verdict(came, came.returned);
  },
  /** Goes on after a trap that a frame in between has swallowed. */
  "return from a swallowed trap": async (): Promise<Verdict> => {
    const came = await struggle(
      (poison) => swallow(() => poison.trap({ kind: "untrusted" })),
      assemble(quiet),
    );
    return verdict(came, came.returned);
  },
  /** Is entered again after its trap, and calls the host from there. */
  "call again after a trap": async (): Promise<Verdict> => {
    const came = await struggle((poison, again) => {
      swallow(() => poison.trap({ kind: "untrusted" }));
      swallow(again);
    });
    return verdict(came, came.calls > 0);
  },
  /** Makes handles and drops none. */
  "hold handles without end": async (): Promise<Verdict> => {
    const shell = class {
      readonly made = true;
    };
    const table = createResourceTable(() => shell, uncounted);
    const resource = { name: "fields", interface: "wasi:http/types@0.2.0" };
    let made = 0;
    try {
      for (; made < 200_000; made += 1) table.shellOf({}, resource);
    } catch {
      // The cap.
    }
    return { succeeded: made === 200_000, seen: `${made} handles` };
  },
} as const;
