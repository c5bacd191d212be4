/** The guest's thread calls, and blocks until the I/O thread has answered. Arguments and answers are cloned. */
export interface IoThread {
  call(operation: string, ...args: readonly unknown[]): unknown;
}

/** An operation of a module that runs in the I/O thread. */
export type Operation = (...args: never[]) => unknown;

/**
 * Loads `extension` into the run's I/O thread, which has the event loop that a guest's own thread cannot have. The
 * thread is a child of the guest's worker and ends with it. It starts with the first import of the shim, so this is
 * called by `prepare` alone.
 */
export async function openIoThread(extension: URL): Promise<IoThread> {
  const { callExtension } = await import("@bytecodealliance/preview2-shim/io-worker");
  return { call: (operation, ...args) => callExtension(extension, operation, [...args]) };
}

/** For the other side: the default export of an extension module, made of named operations. */
export function extensionOf(operations: Readonly<Record<string, Operation>>) {
  const table = new Map(Object.entries(operations));
  return (name: string, args: unknown[]): unknown => {
    const operation = table.get(name);
    if (operation === undefined) throw new TypeError(`unknown operation ${name}`);
    return operation(...(args as never[]));
  };
}
