import { z } from "zod";
import { WrunError } from "../../runtime/index.js";
import { parseTag, type Tag } from "../manifest/names.js";
import { withConnection } from "./connection.js";
import type { TransferOptions } from "./limits.js";
import { fetchPages } from "./pages.js";
import type { Reference } from "./reference.js";

const tagsSchema = z.object({ tags: z.array(z.string()).nullable() });

/** The tags of a repository, in the registry's order. Throws `REGISTRY_NOT_FOUND` if there is no such repository. */
export async function listTags(reference: Reference, options: TransferOptions = {}): Promise<Tag[]> {
  return await withConnection(reference, options, async (connection) => {
    const { name, registry, text } = reference;
    const what = "listing tags";
    const tags = new Set<Tag>();
    for await (const { answer, bytes } of fetchPages(connection, `/v2/${name}/tags/list`, what)) {
      if (answer.statusCode === 404) throw new WrunError("REGISTRY_NOT_FOUND", { reference: text });
      const page = tagsSchema.safeParse(parseJson(bytes)).data?.tags;
      const parsed = page?.map((tag) => parseTag(tag));
      if (page === undefined || parsed?.includes(undefined)) {
        const reason = "the list is not one of tags";
        throw new WrunError("REGISTRY_RESPONSE_MALFORMED", { registry, what, reason });
      }
      for (const tag of parsed ?? []) if (tag !== undefined) tags.add(tag);
    }
    return [...tags];
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
