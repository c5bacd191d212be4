import { type Measurement, reachesTarget, type Result } from "./measurement.js";

/** The table on a terminal, one line a result, so that each can be printed as soon as it is there. */
export const heading = [
  `${"measure".padEnd(30)}${"ours".padStart(11)}${"peer".padStart(11)}       ${"ratio".padStart(9)}`,
  `${"to reach".padStart(10)}  rounds  peer, and the middle four fifths of the ratio\n`,
].join("");

export function toLine(result: Result): string {
  if ("notThereYet" in result) return `${result.name.padEnd(30)}  not there yet: ${result.notThereYet}\n`;
  const { name, unit, ours, peer, ratio, target, rounds } = result;
  return [
    name.padEnd(30),
    figure(ours).padStart(11),
    (peer === undefined ? "" : figure(peer)).padStart(11),
    ` ${unit.padEnd(4)}`,
    (ratio === undefined ? "" : figure(ratio)).padStart(11),
    (target === undefined ? "" : `<= ${target}${verdict(result)}`).padStart(12),
    String(rounds).padStart(6),
    `  ${detail(result)}\n`,
  ].join("");
}

function verdict(result: Measurement): string {
  return reachesTarget(result) === true ? " ok" : " NO";
}

function detail({ peerName, spread }: Measurement): string {
  const { p10, p90 } = spread.ratio ?? spread.ours;
  return `${peerName === undefined ? "" : `${peerName}; `}${figure(p10)} to ${figure(p90)}`;
}

/** Three digits that count. */
export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
