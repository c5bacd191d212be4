import { signatureOf } from "../../component/index.js";
import { WrunError } from "../../errors/index.js";
import { withoutVersion } from "../gate/call-site.js";
import type { Node } from "../node.js";
import type { AdmittedWorkload } from "./admit.js";
import { isCompatible } from "./interface-version.js";

const handler = "wasi:http/incoming-handler";

/**
 * Which interface of a component answers requests, as the component exports it.
 *
 * @throws WrunError `COMPONENT_SERVES_NOTHING`, `EXPORT_TYPE_MISMATCH`
 */
export function findHandler({ component }: AdmittedWorkload, node: Node): string {
  const { interfaces } = component.type.exports;
  const offered = node.packageVersions.get("wasi:http") ?? "";
  const found = interfaces.find(({ name }) => {
    return withoutVersion(name) === handler && isCompatible(name.split("@")[1] ?? "", offered);
  });
  const type = found?.functions.get("handle");
  if (found === undefined || type === undefined) {
    throw new WrunError("COMPONENT_SERVES_NOTHING", {
      wanted: `${handler}@${offered}`,
      exports: interfaces.map(({ name }) => name).join(", ") || "no interface",
    });
  }
  const [declared, pinned] = [signatureOf(type), node.functionTypes.get(`${handler}#handle`) ?? ""];
  if (declared !== pinned)
    throw new WrunError("EXPORT_TYPE_MISMATCH", { export: found.name, function: "handle", declared, pinned });
  return found.name;
}
