/** `init-child race HOME AT` makes a home at that time; `init-child killed HOME N` is killed at the n-th step of it. */
import { initHome, isWrunError } from "../../runtime/index.js";
import { withFault } from "../files/faulty-fs.js";

const [what, home = "", number] = process.argv.slice(2);
if (what === "race") {
  while (Date.now() < Number(number));
  try {
    const { node } = await initHome({ home, publisher: "Acme" });
    process.stdout.write(node.keyId);
  } catch (error) {
    process.stdout.write(isWrunError(error) ? error.code : String(error));
  }
} else {
  await withFault("killed", Number(number), () => initHome({ home, publisher: "Acme" }));
}
