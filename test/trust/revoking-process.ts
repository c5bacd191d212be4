/** `revoking-process HOME AUTHORITY TAG TIMES`: revokes so many policies, one after the other, as a node does. */
import { loadAuthorityIdentity, openHome } from "../../runtime/authority/index.js";
import { digestOf } from "../../runtime/digest.js";
import { addRevocation, openTrustSource } from "../../runtime/trust/index.js";

const [folder = "", authority = "", tag = "", times] = process.argv.slice(2);
const home = openHome(folder);
const { keyId, publicKey, signer } = loadAuthorityIdentity(home, authority);
const source = await openTrustSource({ home, keys: new Map([[keyId, publicKey]]) });
for (let done = 0; done < Number(times); done += 1) {
  const id = digestOf(`${tag} ${done}`);
  await addRevocation(home, { kind: "policy", id, reason: "unrelated" }, { signer });
  await source.refresh();
  const { list, failure } = source.view();
  if (failure !== undefined) throw failure;
  if (!list.isRevoked("policy", id)) throw new Error(`${tag} ${done} is not revoked`);
}
source.close();
