/**
 * `lock-child count FOLDER TIMES` adds one to a number, so often, each time under the lock. `lock-child once FOLDER AT`
 * tries at that time, once, to take the lock, prints whether it has it, and holds it until its input ends.
 */
import { FileLock } from "../../runtime/files/index.js";
import { actions } from "./actions.js";

const [what, folder = "", number] = process.argv.slice(2);
if (what === "count") {
  for (let done = 0; done < Number(number); done += 1) actions.count(folder);
} else {
  while (Date.now() < Number(number));
  const lock = FileLock.tryAcquire({ folder, name: "lock" });
  process.stdout.write(lock instanceof FileLock ? "won" : "lost");
  process.stdin.resume();
}
