import { type ErrorEntry, exitCodes } from "../../runtime/errors/index.js";

/** Names of the placeholders in a template. */
export function placeholdersOf(template: string): readonly string[] {
  return [...new Set([...template.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, name = ""]) => name))];
}

/** An entry as the page shows it: one row of a table. */
export function tableRow(code: string, { exit, message, next }: ErrorEntry): string {
  const cell = (text: string): string =>
    text.replaceAll("|", "\\|").replaceAll("\n", " ").replace(/[<>]/g, "\\$&");
  return `| \`${code}\` | ${exitCodes[exit]} | ${cell(message)} | ${cell(next)} |`;
}

/** The page's rows by their codes. */
export function documentedErrors(page: string): ReadonlyMap<string, string> {
  const rows = [...page.matchAll(/^\| `([A-Z][A-Z0-9_]*)` \|.*\|$/gm)];
  return new Map(rows.map(([row, code = ""]) => [code, row]));
}

/** The page's exit codes with the kind that each stands for. */
export function documentedExitCodes(page: string): ReadonlyMap<number, string> {
  const rows = [...page.matchAll(/^\| (\d{3}) \| `([a-z]+)` \|/gm)];
  return new Map(rows.map(([, code = "", kind = ""]) => [Number(code), kind]));
}
