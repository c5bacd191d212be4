import { WrunError } from "../../runtime/index.js";
import { isLoopbackHost } from "../loopback.js";
import { createApp } from "./app.js";
import { defaultLimits, type RegistryLimits } from "./limits.js";
import { openFolder } from "./storage/folder.js";
import { Storage } from "./storage/storage.js";

/** Where a registry keeps its content, and where it listens. */
export interface RegistryOptions {
  /** Created if it does not exist; must be empty or a registry's own. */
  readonly folder: string;
  /** A loopback address: there is no authentication and no TLS here. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly limits?: Partial<RegistryLimits>;
  /** Told of faults of the registry itself, which clients see only as "500". */
  readonly onFault?: (error: unknown) => void;
}

/** A registry that listens. */
export interface RunningRegistry {
  /** `http://127.0.0.1:5000`, without a slash at its end. */
  readonly url: string;
  /** The host and port that a component reference begins with: `127.0.0.1:5000`. */
  readonly address: string;
  /** Breaks off what is under way; an upload that is not finished is gone. */
  close(): Promise<void>;
}

/**
 * Serves the OCI distribution API 1.1 out of a folder. Throws `REGISTRY_HOST_NOT_LOOPBACK`,
 * `REGISTRY_PORT_UNAVAILABLE`, or one of the `REGISTRY_FOLDER_…` errors, and then has changed nothing.
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { host, port, folder } = options;
  if (!isLoopbackHost(host.includes(":") ? `[${host}]` : host)) {
    throw new WrunError("REGISTRY_HOST_NOT_LOOPBACK", { host });
  }
  const limits = { ...defaultLimits, ...options.limits };
  const opened = await openFolder(folder);
  const storage = new Storage(opened.layout, limits);
  const app = createApp(storage, limits, options.onFault ?? ignore);
  try {
    const url = await app.listen({ host, port });
    const sweep = setInterval(() => void storage.uploads.dropIdle().catch(ignore), limits.uploadIdleMs);
    sweep.unref();
    return {
      url,
      address: new URL(url).host,
      close: async () => {
        clearInterval(sweep);
        await app.close();
        await storage.uploads.dropAll();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.abandon();
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("REGISTRY_PORT_UNAVAILABLE", { host, port, reason }, { cause: error });
  }
}

function ignore(): void {}
