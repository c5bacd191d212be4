import { type Measurement, reachesTarget, type Result } from "./measurement.js";

/** How results are written, each as soon as it is there. */
export interface Form {
  readonly heading: string;
  line(result: Result): string;
}

export const asJson: Form = { heading: "", line: (result) => `${JSON.stringify(result)}\n` };

export const onTerminal: Form = {
  heading: [
    `${"measure".padEnd(30)}${"ours".padStart(11)}${"peer".padStart(11)}        ${"ratio".padStart(9)}`,
    `${"to reach".padStart(12)}${"rounds".padStart(8)}`,
    "  peer, and where the middle four fifths lie\n",
  ].join(""),
  line(result) {
    if ("notThereYet" in result) return `${result.name.padEnd(30)}  not there yet: ${result.notThereYet}\n`;
    const { name, unit, ours, peer, ratio, rounds } = result;
    return [
      name.padEnd(30),
      figure(ours).padStart(11),
      (peer === undefined ? "" : figure(peer)).padStart(11),
      ` ${unit.padEnd(7)}`,
      (ratio === undefined ? "" : figure(ratio)).padStart(9),
      toReach(result).padStart(12),
      String(rounds).padStart(8),
      `  ${detail(result)}\n`,
    ].join("");
  },
};

export const asMarkdown: Form = {
  heading: [
    "| measure | ours | peer | ratio | to reach | middle four fifths | rounds |\n",
    "| --- | --- | --- | --- | --- | --- | --- |\n",
  ].join(""),
  line(result) {
    if ("notThereYet" in result)
      return `| \`${result.name}\` | not there yet: ${result.notThereYet} | | | | | |\n`;
    const { name, unit, ours, peer, peerName = "", ratio, rounds } = result;
    const cells = [
      `\`${name}\``,
      `${figure(ours)} ${unit}`,
      peer === undefined ? "" : `${figure(peer)} ${unit} (${peerName})`,
      ratio === undefined ? "" : figure(ratio),
      toReach(result),
      middle(result),
      String(rounds),
    ];
    return `| ${cells.join(" | ")} |\n`;
  },
};

function toReach(result: Measurement): string {
  if (result.target === undefined) return "";
  return `<= ${result.target} ${reachesTarget(result) === true ? "yes" : "NO"}`;
}

function detail(result: Measurement): string {
  const { peerName } = result;
  return `${peerName === undefined ? "" : `${peerName}; `}${middle(result)}`;
}

function middle({ spread }: Measurement): string {
  const { p10, p90 } = spread.ratio ?? spread.ours;
  return `${figure(p10)} to ${figure(p90)}`;
}

/** Three digits that count. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
