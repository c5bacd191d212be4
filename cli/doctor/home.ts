import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import {
  formatVerifierKey,
  type Home,
  loadAuthorityIdentity,
  loadNodeIdentity,
  loadPublisherIdentity,
  loadRevocations,
  openHome,
  wrapUnknown,
} from "../../runtime/index.js";
import type { Finding } from "./finding.js";

const day = 24 * 60 * 60 * 1000;
/** A clock may be a little behind that of the machine that signed the list. */
const tolerance = 5 * 60 * 1000;

/** The home, its keys, and what its revocation list says of the clock. */
export function checkHome(folder: string, now: Date): readonly Finding[] {
  let home: Home | undefined;
  const opened = finding("home", () => {
    home = openHome(folder);
    return { mark: "ok", text: `${folder}, for this user alone` };
  });
  if (home === undefined) return [opened];
  const found = home;
  return [
    opened,
    finding("node key", () => {
      const { keyId, signer } = loadNodeIdentity(found);
      return { mark: "ok", text: `${keyId}\nfor verifiers: ${formatVerifierKey(signer)}` };
    }),
    finding("authority key", () => ({ mark: "ok", text: loadAuthorityIdentity(found).keyId })),
    publisher(found, now),
    existsSync(found.trustPolicy)
      ? { mark: "ok", subject: "trust policy", text: found.trustPolicy }
      : {
          mark: "warn",
          subject: "trust policy",
          text: "nobody is trusted to publish",
          next: "Write a trustpolicy.json (docs/keys-and-trust.md), or make a home with `wrun init --publisher NAME`.",
        },
    finding("revocations", () => revocations(found, now)),
  ];
}

function publisher(home: Home, now: Date): Finding {
  if (!existsSync(`${home.keys}/publisher`)) {
    return { mark: "ok", subject: "publisher key", text: "none; this home does not publish" };
  }
  return finding("publisher key", () => {
    const { keyId, certificates } = loadPublisherIdentity(home);
    const [leaf] = certificates;
    const ends = new Date(leaf === undefined ? 0 : new X509Certificate(Buffer.from(leaf)).validTo);
    const text = `${keyId}, certificate until ${ends.toISOString()}`;
    if (ends < now)
      return {
        mark: "fail",
        text,
        next: "Make a new publisher; signatures under this certificate are refused.",
      };
    if (ends.getTime() - now.getTime() < 30 * day)
      return { mark: "warn", text, next: "It ends soon: make a new publisher." };
    return { mark: "ok", text };
  });
}

function revocations(home: Home, now: Date): Omit<Finding, "subject"> {
  const authority = loadAuthorityIdentity(home);
  const list = loadRevocations(home, new Map([[authority.keyId, authority.publicKey]]));
  const age = now.getTime() - Date.parse(list.issued);
  const count = list.entries.length;
  const text = `epoch ${list.epoch}, ${count} ${count === 1 ? "entry" : "entries"}, issued ${list.issued}`;
  if (age < -tolerance) {
    return { mark: "fail", text: `${text}, which is in the future`, next: "The clock is wrong: set it." };
  }
  return { mark: "ok", text: `${text}, ${Math.floor(Math.max(0, age) / day)} days ago` };
}

function finding(subject: string, check: () => Omit<Finding, "subject">): Finding {
  try {
    return { subject, ...check() };
  } catch (error) {
    const { message, next } = wrapUnknown(error);
    return { mark: "fail", subject, text: message, next };
  }
}
