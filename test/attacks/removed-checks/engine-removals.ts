import type { Removal } from "./removals.js";

export const engineRemovals: readonly Removal[] = [
  {
    check: "what costs the engine too much is refused before it sees it",
    attack: "have the engine compile what costs too much",
    edits: [
      {
        file: "runtime/component/toolchain-worker.js",
        find: /refuseCostlyModules\(request\.[^;]*;/g,
        replace: "",
        times: 2,
      },
    ],
  },
  {
    check: "the engine does not copy values",
    attack: "have the engine copy its values",
    edits: [
      {
        file: "runtime/sandbox/limits/bound-engine.js",
        find: /setFlagsFromString\("--no-turbo-splitting"\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "the engine assigns registers in one pass",
    attack: "have the engine ponder over registers",
    edits: [
      {
        file: "runtime/sandbox/limits/bound-engine.js",
        find: /if \(isOfNode20\)\s+setFlagsFromString\("--turbo-force-mid-tier-regalloc"\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "the values of exceptions count as work",
    attack: "have the engine compile exceptions of many values",
    edits: [
      {
        file: "runtime/component/engine-cost/work.js",
        find: /thrown: 100/g,
        replace: "thrown: 0",
      },
    ],
  },
  {
    check: "references to functions count as more than simple work",
    attack: "have the engine compile references to functions",
    edits: [
      { file: "runtime/component/engine-cost/work.js", find: /\[0xd2, 0xd2, reference\],/g, replace: "" },
    ],
  },
  {
    check: "accesses to tables count as more than simple work",
    attack: "have the engine compile accesses to tables",
    edits: [
      { file: "runtime/component/engine-cost/work.js", find: /\[0x25, 0x26, reference\],/g, replace: "" },
    ],
  },
  {
    check: "values that are given to calls count as work",
    attack: "have the engine compile calls of many values",
    edits: [{ file: "runtime/component/engine-cost/work.js", find: /passed: 6/g, replace: "passed: 0" }],
  },
  {
    check: "an indirect call passes its values as any other",
    attack: "have the engine compile indirect calls of many values",
    edits: [
      {
        file: "runtime/component/engine-cost/function-scan.js",
        find: /this\.cost\.work \+= \(params \+ results\)/g,
        replace: "if (operands === 0) this.cost.work += (params + results)",
      },
    ],
  },
  {
    check: "the indirect calls of a function are limited",
    attack: "have the engine compile very many indirect calls",
    edits: [
      {
        file: "runtime/component/engine-cost/refuse-costly.js",
        find: /refuseOver\("indirectCalls"[^;]*;/g,
        replace: "",
      },
    ],
  },
  {
    check: "saturating conversions count as divisions",
    attack: "have the engine compile saturating conversions",
    edits: [
      {
        file: "runtime/component/engine-cost/function-scan.js",
        find: /this\.cost\.work \+= saturating\.work;/g,
        replace: ";",
      },
    ],
  },
  {
    check: "entries of tables of branches carry more than other branches",
    attack: "have the engine compile a large table of branches",
    edits: [
      {
        file: "runtime/component/engine-cost/function-scan.js",
        find: /this\.#carry\(branchWork\.carriedByEntry[^;]*;/g,
        replace: "",
      },
    ],
  },
  {
    check: "locals that changed count for each way that comes together",
    attack: "have the engine compile very many ways to one place",
    edits: [
      {
        file: "runtime/component/engine-cost/function-scan.js",
        find: /this\.#carryChanged\(blocks[^;]*;/g,
        replace: "",
      },
    ],
  },
  {
    check: "copied signs count as more than simple work",
    attack: "have the engine compile copied signs",
    edits: [
      { file: "runtime/component/engine-cost/work.js", find: /\[0xa6, 0xa6, copiedSign\],/g, replace: "" },
    ],
  },
  {
    check: "branches back to one loop count with their square",
    attack: "have the engine compile very many ways back to a loop",
    edits: [
      {
        file: "runtime/component/engine-cost/function-scan.js",
        find: / \+ Math\.floor\(meeting \/ branchWork\.backsThatCostOneMore\)/g,
        replace: "",
      },
    ],
  },
  {
    check: "the memories of the toolchain have a maximum",
    attack: "have the toolchain take the machine's memory",
    edits: [{ file: "runtime/component/toolchain-worker.js", find: /boundToolchain\(\);/g, replace: "" }],
  },
  {
    check: "named types count by what they are when they are written out",
    attack: "have a small component printed as a large text",
    edits: [{ file: "runtime/component/decode/world.js", find: /take\(sizeOf\([^;]*;/g, replace: "" }],
  },
  {
    check: "the work of all functions is counted together",
    attack: "have the engine keep the code of very many functions",
    edits: [
      { file: "runtime/component/engine-cost/refuse-costly.js", find: /addWork\(cost[^;]*;/g, replace: "" },
    ],
  },
];
