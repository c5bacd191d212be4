import type { Digest } from "../../runtime/index.js";
import type { Tag } from "../manifest/names.js";

/** The tag under which registries without the referrers API keep the list (distribution specification 1.1). */
export function referrersTag(subject: Digest): Tag {
  return subject.replace(":", "-") as Tag;
}
