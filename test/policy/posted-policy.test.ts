import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { digestOf } from "../../runtime/digest.js";
import { type CompiledPolicy, type PostedPolicy, receivePolicy } from "../../runtime/policy/in-worker.js";
import { loadPolicy, type PolicyContracts, postPolicy } from "../../runtime/policy/index.js";
import { bytesOf, contracts, head, policyOf, refuses, verdict } from "./fixture.js";

const rules = `limits: { memory: 2MiB, hostCalls: 3 }
validity: { windows: [{ days: [mon-fri], utc: "06:00-20:00" }] }
allow:
  - { id: env, interface: wasi:cli/environment, env: [REGION, "APP_*"] }
  - { id: files, interface: wasi:filesystem/types, fs: [{ prefix: /in, rights: [read] }] }
  - { id: quote, interface: acme:billing/ledger, functions: [quote], args: [{ path: amount, max: 18446744073709551615 }] }
deny:
  - { id: secret, interface: wasi:cli/environment, env: [APP_SECRET], onViolation: trap }
`;

/** What a thread gets that this is posted to. */
function through<Value>(value: Value): Value {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const received = receiveMessageOnPort(port2) as { message: Value };
  port1.close();
  return received.message;
}

function posted(): { policy: CompiledPolicy; sent: PostedPolicy } {
  const policy = policyOf(rules);
  return { policy, sent: through(postPolicy(policy)) };
}

describe("a policy that is posted to a guest's thread", () => {
  it("decides there as it does here", () => {
    const { policy, sent } = posted();
    const received = receivePolicy(sent, policy.digest, contracts);
    const calls = [
      ["wasi:cli/environment get-environment", { key: "REGION" }, undefined, "allow env"],
      ["wasi:cli/environment get-environment", { key: "APP_NAME" }, undefined, "allow env"],
      ["wasi:cli/environment get-environment", { key: "APP_SECRET" }, undefined, "deny secret trap"],
      ["wasi:cli/environment get-environment", { key: "HOME" }, undefined, "deny - deny"],
      ["wasi:filesystem/types stat", { path: "/in/a", rights: ["read"] }, undefined, "allow files"],
      ["wasi:filesystem/types stat", { path: "/in/a", rights: ["write"] }, undefined, "deny - deny"],
      ["acme:billing/ledger quote", undefined, { amount: 18446744073709551615n }, "allow quote"],
      ["acme:billing/ledger quote", undefined, { amount: 18446744073709551616n }, "deny - deny"],
    ] as const;
    for (const [site, facts, args, expected] of calls) {
      assert.equal(verdict(received, site, facts, args), expected);
      assert.equal(verdict(policy, site, facts, args), expected);
    }
    const quote = { interface: "acme:billing/ledger", function: "quote" };
    assert.equal(received.looksAtArguments(quote), true);
    assert.deepEqual(received.manifest.limits, policy.manifest.limits);
    assert.deepEqual(received.bytes, policy.bytes);
  });

  it("is refused where its bytes are not those that the run began with", () => {
    const { policy, sent } = posted();
    const other = digestOf("something else");
    refuses(() => receivePolicy(sent, other, contracts), "POLICY_DIGEST_MISMATCH", "policy.yaml");
    const changed = { manifest: { ...sent.manifest, bytes: bytesOf(`${head}allow: []\n`) } };
    refuses(() => receivePolicy(changed, policy.digest, contracts), "POLICY_DIGEST_MISMATCH");
    const renamed = { manifest: { ...sent.manifest, digest: other } };
    refuses(() => receivePolicy(renamed, policy.digest, contracts), "POLICY_DIGEST_MISMATCH");
  });

  it("holds plain data alone: a grant that could not be posted is no grant", () => {
    const odd: PolicyContracts = new Map([
      [
        "acme:odd/thing",
        {
          authority: "granted",
          grant: {
            key: "odd",
            schema: (z) => z.string().transform((text) => ({ covers: () => text })),
            compile: () => () => -1,
            suggest: () => "",
          },
        },
      ],
    ]);
    const text = `${head}allow: [{ interface: acme:odd/thing, odd: [x] }]\n`;
    assert.throws(() => loadPolicy(bytesOf(text), "odd.yaml", odd), /grant kind odd .* not plain data/);
  });
});
