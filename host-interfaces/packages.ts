import type { HostPackage } from "../runtime/host-contract.js";
import { cliPackage } from "./cli/index.js";
import { clocksPackage } from "./clocks.js";
import { configPackage } from "./config/index.js";
import { filesystemPackage } from "./filesystem/index.js";
import { createHttpPackage } from "./http/index.js";
import { ioPackage } from "./io/index.js";
import { keyvaluePackage } from "./keyvalue/index.js";
import { loggingPackage } from "./logging/index.js";
import { randomPackage } from "./random.js";
import { createSocketsPackage } from "./sockets/index.js";

/** Every WIT package that this host implements. What is not here cannot be linked. */
export const hostPackages: readonly HostPackage[] = [
  cliPackage,
  clocksPackage,
  configPackage,
  filesystemPackage,
  createHttpPackage(),
  ioPackage,
  keyvaluePackage,
  loggingPackage,
  randomPackage,
  createSocketsPackage(),
];
