import { existsSync } from "node:fs";
import {
  createAuthorityIdentity,
  createNodeIdentity,
  createPublisherIdentity,
  type Ed25519Identity,
  exportPublic,
  type Home,
  loadNodeIdentity,
  makeHome,
  openHome,
  type PublisherIdentity,
} from "../authority/index.js";
import { createPublisherTrust } from "../component/index.js";
import { WrunError } from "../errors/index.js";
import { initRevocations } from "../trust/index.js";

/** What a new home is to be. */
export interface InitOptions {
  readonly home: string;
  /** Trust domain of the SPIFFE ids. Default `wrun.local`. */
  readonly trustDomain?: string;
  /** The name of the publisher (a certificate's common name) to create here and to trust; none if left out. */
  readonly publisher?: string;
}

/** A home that was just made, and the identities in it. */
export interface InitializedHome {
  readonly home: Home;
  readonly node: Ed25519Identity;
  readonly authority: Ed25519Identity;
  readonly publisher: PublisherIdentity | undefined;
}

/**
 * Makes a home: the node's identity, the authority that grants and revokes on it, and an empty signed list of
 * revocations. Nobody is trusted to publish unless a publisher is asked for; that one is. The home appears whole or not at
 * all; of several that make it at once one does, and the others find it. Throws `IDENTITY_EXISTS`, `HOME_FOLDER_TAKEN`.
 */
export async function initHome(options: InitOptions): Promise<InitializedHome> {
  const { home, filled } = await makeHome(options.home, (draft) => fill(draft, options));
  return { home, ...filled };
}

async function fill(home: Home, options: InitOptions): Promise<Omit<InitializedHome, "home">> {
  const domain = domainOf(options.trustDomain ?? "wrun.local");
  const node = createNodeIdentity(home, { spiffeId: `${domain}/node/default` });
  const authority = createAuthorityIdentity(home, { spiffeId: `${domain}/authority/default` });
  initRevocations(home, { signer: authority.signer });
  const publisher =
    options.publisher === undefined ? undefined : await createPublisher(home, domain, options.publisher);
  if (publisher !== undefined) trustOwn(home, publisher);
  return { node, authority, publisher };
}

/** The rest is checked where the ids are made; a slash would make a part of the domain a part of the path there. */
function domainOf(trustDomain: string): string {
  const text = `spiffe://${trustDomain}`;
  if (trustDomain.includes("/")) throw new WrunError("SPIFFE_ID_INVALID", { text, reason: "it has a path" });
  return text;
}

export interface AddedPublisher {
  readonly publisher: PublisherIdentity;
  /** False where the home had a trust policy: that is a person's decision, and it was left as it is. */
  readonly trusted: boolean;
}

/**
 * Makes a publisher in a home that has none, under the home's own trust domain; trusts it if nobody has yet said whom to
 * trust. Throws `IDENTITY_EXISTS` where there is one.
 */
export async function addPublisher(options: {
  readonly home: string;
  /** The certificate's common name. */
  readonly publisher: string;
}): Promise<AddedPublisher> {
  const home = openHome(options.home);
  const domain = loadNodeIdentity(home).spiffeId.split("/").slice(0, 3).join("/");
  const publisher = await createPublisher(home, domain, options.publisher);
  const trusted = !existsSync(home.trustPolicy);
  if (trusted) trustOwn(home, publisher);
  return { publisher, trusted };
}

function createPublisher(home: Home, domain: string, commonName: string): Promise<PublisherIdentity> {
  return createPublisherIdentity(home, { spiffeId: `${domain}/publisher/default`, subject: { commonName } });
}

function trustOwn(home: Home, publisher: PublisherIdentity): void {
  const { certificatePem = "" } = exportPublic(publisher);
  createPublisherTrust(home, { name: "own", certificates: Buffer.from(certificatePem) });
}
