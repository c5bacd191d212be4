/**
 * Carries out attacks against the code in whose tree this file lies: `attack-child HOME PATIENCE NAME…`. Prints one
 * line of JSON for each.
 */
import { attack, type AttackName } from "./attacks.js";

const [template = "", patience = "0", ...names] = process.argv.slice(2);
for (const name of names) {
  const verdict = await attack(name as AttackName, { template, patience: Number(patience) });
  process.stdout.write(`${JSON.stringify({ name, ...verdict })}\n`);
}
process.exit(0);
