import type { RepositoryName } from "../../manifest/names.js";
import type { Exchange } from "../exchange.js";
import { ProtocolError } from "../protocol-error.js";
import { single } from "../route.js";

const maxPage = 1000;

/** Tags in byte order; `n` limits a page, `last` names the tag after which it starts. */
export async function listTags(exchange: Exchange, { name }: { name: RepositoryName }) {
  const repository = exchange.storage.repository(name);
  if (!(await repository.exists()))
    throw new ProtocolError(404, "NAME_UNKNOWN", "there is no such repository");
  const limit = Math.min(pageSize(exchange), maxPage);
  const last = single(exchange.query, "last");
  const sorted = [...(await repository.tags()).keys()].sort();
  const rest = last === undefined ? sorted : sorted.filter((tag) => tag > last);
  const tags = rest.slice(0, limit);
  const end = tags.at(-1);
  if (end !== undefined && rest.length > tags.length) {
    exchange.reply.header("link", `</v2/${name}/tags/list?n=${limit}&last=${end}>; rel="next"`);
  }
  return exchange.reply.header("content-type", "application/json").send(JSON.stringify({ name, tags }));
}

function pageSize(exchange: Exchange): number {
  const text = single(exchange.query, "n");
  if (text === undefined) return maxPage;
  if (!/^\d{1,9}$/.test(text)) throw new ProtocolError(400, "UNSUPPORTED", "n is a number of tags");
  return Number(text);
}
