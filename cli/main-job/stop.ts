import { spinPolicy } from "./policies.js";
import { type Published, pull } from "./publish.js";
import type { Reporter } from "./report.js";
import { refusalOf } from "./run.js";
import type { Stage } from "./stage.js";

/** Revokes the publisher's key while a guest of theirs computes without ever calling the host. */
export async function stopSteps(stage: Stage, published: Published, report: Reporter): Promise<void> {
  report.chapter("Take trust away in mid-loop");
  const artifact = await pull(published.spin);
  const request = {
    component: { kind: "artifact", artifact },
    policy: { bytes: Buffer.from(spinPolicy), name: "spin.yaml" },
  } as const;
  let started: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const run = await stage.runtime.start({
    ...request,
    onEvent(event) {
      if (event.type === "started") started();
    },
  });
  await running;
  report.say("a second guest spins, without a host call");
  await new Promise((resolve) => setTimeout(resolve, 300));

  const revokedAt = performance.now();
  await stage.runtime.revoke({
    kind: "publisher-key",
    id: stage.publisher.keyId,
    reason: "the key was stolen",
  });
  const { outcome } = await run.finished;
  const elapsed = performance.now() - revokedAt;
  if (outcome.kind !== "stopped") {
    report.shown("a revoked key ends a spinning guest", false, `it ended as ${outcome.kind}`);
    return;
  }
  report.say(outcome.detail);
  report.shown(
    "a revoked key ends a spinning guest",
    outcome.signal === "publisher-key-revoked",
    `its worker was gone ${outcome.stoppedInMs?.toFixed(1)} ms after the signal, ${elapsed.toFixed(0)} ms after the revocation was asked for`,
  );
  const again = await refusalOf(() => stage.runtime.start(request));
  report.shown("and keeps it from starting again", again.message.includes("revoked"), again.message);
}
