import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { createHome, type Home } from "../../runtime/authority/index.js";

export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wrun-test-")));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function temporaryHome(t: TestContext): Home {
  return createHome(join(temporaryFolder(t), "home"));
}
