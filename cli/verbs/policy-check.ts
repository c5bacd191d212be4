import { basename } from "node:path";
import {
  inspectComponent,
  loadPolicy,
  refuseMissingRoots,
  refuseMistakes,
  refuseUnlinkable,
  toComponent,
} from "../../runtime/index.js";
import { contracts } from "../imports-report.js";
import { readInput } from "../read-input.js";
import { fileRoots } from "../run/roots.js";
import type { Session } from "../session.js";
import { bytesOf, openSubject } from "../subject.js";

export interface Options {
  readonly dir?: readonly string[];
}

export async function check(
  { terminal }: Session,
  file: string,
  component: string | undefined,
  options: Options,
): Promise<number> {
  const [bytes, name, known] = [await readInput(file, "a policy"), basename(file), contracts()];
  refuseMistakes(bytes, name, known);
  const policy = loadPolicy(bytes, name, known);
  const { manifest, digest } = policy;
  if (options.dir !== undefined) refuseMissingRoots(manifest, fileRoots(options.dir));
  terminal.line(`${file} is a valid policy`);
  terminal.fields([
    ["name", manifest.metadata.name],
    ["digest", digest],
    ["rules", `${manifest.allow.length} allow, ${manifest.deny.length} deny`],
  ]);
  const now = new Date();
  const validity = policy.validAt(now);
  if (!validity.valid) {
    const opens = policy.nextChange(now)?.toISOString();
    const until = opens === undefined ? "" : ` before ${opens}`;
    terminal.check("warn", `nothing starts under it${until}: ${validity.why}`);
  }
  const imports =
    component === undefined
      ? undefined
      : inspectComponent((await toComponent(bytesOf(await openSubject(component, terminal)))).bytes).imports;
  const warnings = imports === undefined ? [] : policy.warnings(imports);
  for (const { rule, line, message } of warnings)
    terminal.check("warn", `${file}:${line} the rule ${rule} ${message}`);
  if (imports !== undefined) refuseUnlinkable(policy.unlinkable(imports));
  const inForce = validity.valid ? "" : ", were it in force";
  if (component !== undefined) terminal.check("ok", `${component} could start under it${inForce}`);
  terminal.value({ name: manifest.metadata.name, digest, validity, warnings });
  return 0;
}
