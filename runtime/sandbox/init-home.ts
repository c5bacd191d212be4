import {
  createAuthorityIdentity,
  createHome,
  createNodeIdentity,
  createPublisherIdentity,
  type Ed25519Identity,
  exportPublic,
  type Home,
  type PublisherIdentity,
} from "../authority/index.js";
import { createPublisherTrust } from "../component/index.js";
import { initRevocations } from "../trust/index.js";

export interface InitOptions {
  readonly home: string;
  /** Trust domain of the SPIFFE ids. Default `wrun.local`. */
  readonly trustDomain?: string;
  /** The name of the publisher (a certificate's common name) to create here and to trust; none if left out. */
  readonly publisher?: string;
}

export interface InitializedHome {
  readonly home: Home;
  readonly node: Ed25519Identity;
  readonly authority: Ed25519Identity;
  readonly publisher: PublisherIdentity | undefined;
}

/**
 * Makes a home: the node's identity, the authority that grants and revokes on it, and an empty signed list of
 * revocations. Nobody is trusted to publish unless a publisher is asked for; that one is.
 */
export async function initHome(options: InitOptions): Promise<InitializedHome> {
  const domain = `spiffe://${options.trustDomain ?? "wrun.local"}`;
  const home = createHome(options.home);
  const node = createNodeIdentity(home, { spiffeId: `${domain}/node/default` });
  const authority = createAuthorityIdentity(home, { spiffeId: `${domain}/authority/default` });
  initRevocations(home, { signer: authority.signer });
  const publisher =
    options.publisher === undefined ? undefined : await addPublisher(home, domain, options.publisher);
  return { home, node, authority, publisher };
}

async function addPublisher(home: Home, domain: string, commonName: string): Promise<PublisherIdentity> {
  const publisher = await createPublisherIdentity(home, {
    spiffeId: `${domain}/publisher/default`,
    subject: { commonName },
  });
  const { certificatePem = "" } = exportPublic(publisher);
  createPublisherTrust(home, { name: "own", certificates: Buffer.from(certificatePem) });
  return publisher;
}
