import { checkMachine } from "../doctor/machine.js";
import { checkHome } from "../doctor/home.js";
import { checkTools } from "../doctor/tools.js";
import { WrunError } from "../../runtime/index.js";
import type { Session } from "../session.js";

export async function doctor({ terminal, homeFolder }: Session): Promise<number> {
  const findings = [
    ...(await checkMachine(homeFolder)),
    ...checkHome(homeFolder, new Date()),
    ...checkTools(),
  ];
  for (const { mark, subject, text, next } of findings) {
    // The lines of a finding are ours: an error's message, which it may be, has what others wrote on one line.
    const [first = "", ...more] = text.split("\n");
    terminal.check(mark, `${subject}: ${first}`, next === undefined ? more : [...more, next]);
  }
  terminal.value({ healthy: findings.every(({ mark }) => mark !== "fail"), findings });
  const failed = findings.filter(({ mark }) => mark === "fail").length;
  if (failed > 0) {
    const { total, count } = { total: findings.length, count: failed };
    const error = new WrunError("DOCTOR_FOUND_PROBLEMS", { count, total });
    terminal.failure(error);
    return error.exitCode;
  }
  return 0;
}
