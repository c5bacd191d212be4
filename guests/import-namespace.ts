/**
 * The QuickJS toolchain replaces every `wasi:` import with a trap when it is told not to import WASI for the engine's
 * own needs, and it cannot link `wasi:http` when it is not. So a guest is built against `host:` and gets its real
 * names afterwards. Both have four letters: nothing in the binary moves.
 */
const built = "host:";
const real = "wasi:";

export function toBuildNamespace(text: string): string {
  return text.replaceAll(real, built);
}

/** Renames the component's imports and exports, and nothing that lies inside of it. */
export function toRealNamespace(component: Uint8Array): Uint8Array {
  const bytes = Buffer.from(component);
  for (const { id, start, end } of sections(bytes)) {
    if (id !== importSection && id !== exportSection) continue;
    let at = bytes.indexOf(built, start);
    while (at !== -1 && at < end) {
      bytes.write(real, at);
      at = bytes.indexOf(built, at + real.length);
    }
  }
  return bytes;
}

const importSection = 10;
const exportSection = 11;
const preamble = 8;

function* sections(bytes: Buffer): Generator<{ id: number; start: number; end: number }> {
  let at = preamble;
  while (at < bytes.length) {
    const id = bytes.readUInt8(at++);
    let size = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes.readUInt8(at++);
      size |= (byte & 0x7f) << shift;
    }
    yield { id, start: at, end: at + size };
    at += size;
  }
}
