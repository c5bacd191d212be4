import { WrunError } from "../../runtime/index.js";
import { maxManifestBytes } from "../manifest/parse-manifest.js";
import { type Connection, headerOf, type RegistryAnswer } from "./connection.js";
import { maxPages } from "./limits.js";
import { readBody } from "./read-body.js";

export interface Page {
  readonly answer: RegistryAnswer;
  readonly bytes: Buffer;
}

/**
 * The pages of a list, following `Link: <…>; rel="next"` (RFC 8288) on the same host and path only. The registry
 * decides how many there are, so they are counted.
 */
export async function* fetchPages(connection: Connection, first: string, what: string): AsyncGenerator<Page> {
  const [list] = first.split("?", 1);
  let next: string | undefined = first;
  for (let count = 0; next !== undefined; count += 1) {
    if (count === maxPages) throw malformed(connection, what, "the list does not end");
    const answer: RegistryAnswer = await connection.send({
      method: "GET",
      path: next,
      what,
      accept: [200, 404],
    });
    const bytes = await readBody(answer.body, {
      registry: connection.registry,
      what,
      maxBytes: maxManifestBytes,
    });
    yield { answer, bytes };
    const link = /^<([^<>]{1,2048})>\s*;\s*rel="?next"?$/.exec(headerOf(answer, "link") ?? "")?.[1];
    const path: string | undefined = link === undefined ? undefined : connection.pathOf(link, next, what);
    if (path !== undefined && path.split("?", 1)[0] !== list) {
      throw malformed(connection, what, "its next page is of another list");
    }
    next = path;
  }
}

function malformed(connection: Connection, what: string, reason: string): WrunError {
  return new WrunError("REGISTRY_RESPONSE_MALFORMED", { registry: connection.registry, what, reason });
}
