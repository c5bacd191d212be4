/** Does one thing to a folder, and is killed at the n-th step: `faults-child WHAT FOLDER N`. Prints how many steps there were. */
import { actions, type ActionName } from "./actions.js";
import { withFault } from "./faulty-fs.js";

const [what, folder = "", at] = process.argv.slice(2);
const act = actions[what as ActionName];
process.stdout.write(String(await withFault("killed", Number(at), () => act(folder))));
