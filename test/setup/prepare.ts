import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { buildGuests } from "../../guests/build.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Once before the tests: builds every guest, since each is needed by some test. One that cannot be built here for lack of a
 * tool is said, and the tests that want it skip. While tests are watched, what is edited is compiled.
 */
export default async function prepare({ config }: TestProject): Promise<(() => void) | undefined> {
  process.stdout.write("guests: building\n");
  const outcomes = await buildGuests({ out: join(root, "dist", "guests", "bin") });
  for (const outcome of outcomes)
    if (outcome.result === "skipped")
      process.stdout.write(`guests: ${outcome.guest.name} is not built: ${outcome.reason}\n`);
  const failed = outcomes.flatMap((outcome) =>
    outcome.result === "failed" ? [`${outcome.guest.name}: ${outcome.reason}`] : [],
  );
  if (failed.length > 0) throw new Error(`guests that cannot be built:\n${failed.join("\n")}`);
  return config.watch ? compileWhatIsEdited() : undefined;
}

function compileWhatIsEdited(): () => void {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const compiler = spawn(process.execPath, [tsc, "--watch", "--preserveWatchOutput", "-p", root], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return () => compiler.kill();
}
