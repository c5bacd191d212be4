import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import type { HostPackage, InstanceContext } from "../../../runtime/sandbox/host-package.js";
import {
  type HostFunctionDefinition,
  openHostFunction,
  WitError,
} from "../../../runtime/sandbox/host-function.js";

/** A prepared package whose functions a test calls as the gate would, without the gate's decision. */
export interface Opened {
  definition(interfaceName: string, functionName: string): HostFunctionDefinition;
  call(interfaceName: string, functionName: string, ...args: unknown[]): unknown;
  facts(interfaceName: string, functionName: string, ...args: unknown[]): readonly unknown[];
}

export async function openPackage(item: HostPackage, context: InstanceContext): Promise<Opened> {
  const prepared = await item.prepare(context);
  const definition = (interfaceName: string, functionName: string): HostFunctionDefinition => {
    const found = prepared[interfaceName]?.[functionName];
    if (found === undefined) throw new Error(`${interfaceName}.${functionName} is not implemented`);
    return openHostFunction(found);
  };
  return {
    definition,
    call: (interfaceName, functionName, ...args) =>
      definition(interfaceName, functionName).call(...(args as never[])),
    facts: (interfaceName, functionName, ...args) =>
      definition(interfaceName, functionName).facts?.(...(args as never[])) ?? [],
  };
}

/** The payload of the WIT error that `work` throws. */
export function witErrorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof WitError) return error.payload;
    throw error;
  }
  throw new Error("no error was thrown");
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "wrun-host-"));
  t.onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
