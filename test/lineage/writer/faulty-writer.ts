/**
 * The entry of a writer thread whose disk is as its faults say: `room=5000` (bytes, then it is full), `slow=2` (ms a
 * write), `sync=fails`, `segment=fails` (no second file can be made), `dies=3` (the thread, at its third write).
 */
import { parentPort, workerData } from "node:worker_threads";
import { diskIo, type SegmentIo } from "../../../runtime/lineage/segment-io.js";
import { serveRings } from "../../../runtime/lineage/writer/serve-rings.js";
import { unsyncedIo } from "../sample-run.js";

/** An entry cannot be told anything: the module's text is made for the faults. */
export function faultyEntry(faults: string): URL {
  const text = `import { serve } from ${JSON.stringify(import.meta.url)}; await serve(${JSON.stringify(faults)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** @public The text that {@link faultyEntry} makes calls it. */
export async function serve(faults: string): Promise<never> {
  if (parentPort === null) throw new Error("this is the entry of a worker");
  return serveRings(parentPort, workerData as SharedArrayBuffer, faultyDisk(new URLSearchParams(faults)));
}

function faultyDisk(faults: URLSearchParams): SegmentIo {
  const number = (name: string, otherwise: number): number => Number(faults.get(name) ?? otherwise);
  const fails = (name: string): boolean => faults.get(name) === "fails";
  let left = number("room", Infinity);
  let writes = 0;
  return {
    ...unsyncedIo,
    create(path) {
      if (fails("segment")) throw new Error("EMFILE: too many open files");
      return diskIo.create(path);
    },
    write(fd, bytes) {
      writes += 1;
      // Nothing catches this in the thread: it stands for a fault of ours, or for memory that is used up.
      if (writes === number("dies", 0)) process.exit(3);
      if (left === 0) throw new Error("ENOSPC: no space left on device");
      const slow = number("slow", 0);
      if (slow > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slow);
      const written = diskIo.write(fd, bytes.subarray(0, Math.min(left, bytes.length)));
      left -= written;
      return written;
    },
    startSync(_, done) {
      setImmediate(done, fails("sync") ? new Error("EIO: i/o error") : null);
    },
  };
}
