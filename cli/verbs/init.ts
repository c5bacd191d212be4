import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { addPublisher, formatVerifierKey, initHome, isWrunError, WrunError } from "../../runtime/index.js";
import type { Session } from "../session.js";

export interface Options {
  readonly publisher?: string;
  readonly trustDomain?: string;
}

export async function init(session: Session, options: Options): Promise<number> {
  const { terminal, homeFolder } = session;
  const { publisher: name } = options;
  if (name !== undefined && existsSync(join(homeFolder, "keys"))) {
    return addToHome(session, name, options.trustDomain);
  }
  await refuseExisting(homeFolder);
  const { node, authority, publisher } = await initHome({ home: homeFolder, ...options }).catch(
    asExisting(homeFolder),
  );
  const verifierKey = formatVerifierKey(node.signer);
  terminal.line(`The home is ${homeFolder}.`);
  terminal.fields([
    ["node", `${node.spiffeId}  ${node.keyId}`],
    ["lineage key", verifierKey],
    ["authority", `${authority.spiffeId}  ${authority.keyId}`],
    ["publisher", publisher === undefined ? "none; nobody is trusted to publish yet" : publisher.keyId],
  ]);
  terminal.value({
    home: homeFolder,
    node: { id: node.spiffeId, keyId: node.keyId, verifierKey },
    authority: { id: authority.spiffeId, keyId: authority.keyId },
    publisher: publisher === undefined ? null : { id: publisher.spiffeId, keyId: publisher.keyId },
  });
  return 0;
}

/** A home is asked for a publisher only later, as a rule: when there is something to publish. */
async function addToHome(
  { terminal, homeFolder }: Session,
  name: string,
  trustDomain: string | undefined,
): Promise<number> {
  if (trustDomain !== undefined) {
    const reason = `the home ${homeFolder} has its trust domain already`;
    throw new WrunError("CLI_USAGE", { reason, advice: "Leave --trust-domain out, or make another home." });
  }
  const { publisher, trusted } = await addPublisher({ home: homeFolder, publisher: name });
  terminal.line(`The home ${homeFolder} has a publisher now.`);
  terminal.fields([
    ["publisher", `${publisher.spiffeId}  ${publisher.keyId}`],
    ["trusted here", trusted ? "yes" : "as trustpolicy.json says; it was there and is unchanged"],
  ]);
  terminal.value({
    home: homeFolder,
    publisher: { id: publisher.spiffeId, keyId: publisher.keyId },
    trusted,
  });
  return 0;
}

async function refuseExisting(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const names = await readdir(path).catch(() => ["?"]);
  if (names.length > 0) throw new WrunError("CLI_HOME_EXISTS", { path });
}

/** It was made meanwhile, by another process. */
function asExisting(path: string): (error: unknown) => never {
  return (error) => {
    const isThere = isWrunError(error) && ["IDENTITY_EXISTS", "HOME_FOLDER_TAKEN"].includes(error.code);
    throw isThere ? new WrunError("CLI_HOME_EXISTS", { path }, { cause: error }) : error;
  };
}
