import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { Command } from "commander";
import { createProgram } from "../../cli/program.js";
import { namesFile, programName } from "../../cli/subject.js";
import { assertRefused, assertWent, type Ended, runHere, startCommand } from "./harness.js";

/** For what ends before anything is opened. */
const line = (...args: string[]): Promise<Ended> => runHere(args);

const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");

function verbs(command: Command, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const here = [...path, child.name()];
    return child.commands.length > 0 ? verbs(child, here) : [here];
  });
}

describe("a component on the command line", () => {
  it("is a file where it looks like one or is there, and a reference otherwise", () => {
    for (const text of ["app.wasm", "./app", "../app", "/app", ".", "127.0.0.1:5000/team/app.wasm"]) {
      assert.ok(namesFile(text), text);
    }
    for (const text of ["127.0.0.1:5000/team/app:1", "registry.example/app@sha256:00", "team/app", "app"]) {
      assert.ok(!namesFile(text), text);
    }
  });

  it("gives the guest its base name", () => {
    for (const [text, name] of [
      ["/srv/app.wasm", "app.wasm"],
      ["127.0.0.1:5000/team/app:1.2.0", "app"],
      ["registry.example/app@sha256:00", "app"],
      ["registry.example/a/b/app:1@sha256:00", "app"],
    ] as const) {
      assert.equal(programName(text), name);
    }
  });
});

describe("the command line", () => {
  it("has the verbs that the documentation names, each with help that shows an example", async () => {
    const all = verbs(await createProgram(() => undefined, process));
    assert.deepEqual(
      all.map((path) => path.join(" ")),
      [
        "init",
        "publish",
        "sign",
        "verify",
        "inspect",
        "run",
        "serve",
        "revoke",
        "policy check",
        "policy explain",

        "lineage list",
        "lineage show",
        "lineage verify",
        "registry serve",
        "doctor",
      ],
    );
    for (const path of all) {
      const ended = await line(...path, "--help");
      assertWent(ended);
      assert.match(ended.stdout, new RegExp(`Examples?:\n  wrun ${path.join(" ")}`), path.join(" "));
      assert.match(ended.stdout, /--home <folder>/);
      assert.equal(ended.stderr, "");
    }
  });

  it("has a page that names every verb and every option, and no option that there is not", async () => {
    const program = await createProgram(() => undefined, process);
    const options = new Set<string>(["--help"]);
    const collectFrom = (command: Command): void => {
      for (const { long } of command.options) options.add(long ?? "");
      command.commands.forEach(collectFrom);
    };
    collectFrom(program);
    const missing = [...options].filter((option) => !new RegExp(`${option}(?![a-z-])`).test(page));
    assert.deepEqual(missing, [], "options that docs/cli.md leaves out");
    const named = new Set(page.match(/(?<![a-z-])--[a-z]+(?:-[a-z]+)*/g));
    const surplus = [...named].filter((option) => !options.has(option) && option !== "--verbose");
    assert.deepEqual(surplus, [], "options of docs/cli.md that there are not");
    for (const path of verbs(program)) {
      assert.match(
        page,
        new RegExp(`^wrun ${path.join(" ")}|^## wrun ${path.join(" ")}$`, "m"),
        path.join(" "),
      );
    }
  });

  it("prints its version and its help on stdout", async () => {
    assert.match((await line("--version")).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match((await line("--help")).stdout, /^Usage: wrun /);
  });

  it("answers a mistake with a usage error and, where it can, with what was meant", async () => {
    const mistakes: readonly (readonly [string[], RegExp])[] = [
      [["rnu"], /unknown command 'rnu'\nnext: Did you mean run\?/],
      [["run", "x.wasm", "--polcy", "p"], /unknown option '--polcy'\nnext: Did you mean --policy\?/],
      [["lineage", "shwo"], /Did you mean show\?/],
      [["run"], /missing required argument 'component'\nnext: See `wrun run --help`/],
      [["run", "x.wasm", "--dir"], /argument missing/],
      [["inspect", "a", "b"], /too many arguments/],
      [["registry", "serve"], /required option '--folder <folder>' not specified/],
      [[], /there is no command/],
      [["policy"], /there is no command\nnext: See `wrun policy --help`/],
      [["run", "team/app"], /REFERENCE_MALFORMED/],
      [["run", "127.0.0.1:5000/team/app"], /REFERENCE_INCOMPLETE/],
    ];
    for (const [args, expected] of mistakes) {
      const home = ["--home", "/nonexistent/wrun-home"];
      const ended = await line(...args);
      // Only references are looked at after the home is opened.
      const code = String(expected).includes("REFERENCE") ? "HOME_MISSING" : "CLI_USAGE";
      if (code === "CLI_USAGE") {
        assertRefused(ended, code, 110);
        assert.match(ended.stderr, expected);
      } else {
        assertRefused(await line(...args, ...home), code, 118);
      }
    }
  });

  it("takes no grant from a flag that says something else than it can mean", async () => {
    const mistakes: readonly string[][] = [
      ["--env", "REGION"],
      ["--env", "=x"],
      ["--env", "APP_*=x"],
      ["--config", "a*=x"],
      ["--dir", "::/data"],
      ["--dir", "a::b::c"],
      ["--allow-net", "https://example.com"],
      ["--allow-net", "example.com:0"],
      ["--allow-net", "example.com:99999"],
      ["--allow-net", "example.com/path"],
      ["--allow-net", "user@example.com"],
      ["--allow-net", "*.1.2.3.4"],
      ["--allow-net", ""],
      ["--keyvalue", "::notes"],
      ["--keyvalue", "x::a,,b"],
    ];
    for (const flags of mistakes) {
      assertRefused(await line("run", "x.wasm", "--show-policy", ...flags), "CLI_OPTION_INVALID", 110);
    }
    assertRefused(
      await line("run", "x.wasm", "--show-policy", "--env", "A=1", "--env", "A=2"),
      "CLI_OPTION_INVALID",
      110,
    );
    for (const flags of [
      ["--timeout", "soon"],
      ["--timeout", "0"],
      ["--max-memory", "1KiB"],
      ["--max-memory", "lots"],
    ]) {
      assertRefused(await line("run", "x.wasm", "--show-policy", ...flags), "CLI_FLAGS_REFUSED", 110);
    }
  });

  it("keeps what was typed on the line of the error, line breaks and all", async () => {
    for (const typed of ["bogus\nnext: do this", "bogus\n(Did you mean that?)"]) {
      const ended = await line(typed);
      assertRefused(ended, "CLI_USAGE", 110);
      assert.deepEqual(ended.stderr.trimEnd().split("\n").length, 2, ended.stderr);
      assert.match(ended.stderr, /^next: See `wrun --help`\.$/m);
    }
  });

  it("tells a mistake as JSON where JSON was asked for", async () => {
    const ended = await line("rnu", "--json");
    assertRefused(ended, "CLI_USAGE", 110);
    const { error } = JSON.parse(ended.stdout) as { error: Record<string, unknown> };
    assert.equal(error["code"], "CLI_USAGE");
    assert.equal(error["exitCode"], 110);
    assert.equal((await line("rnu", "--", "--json")).stdout, "", "what follows -- is not for wrun");
  });

  it("escapes what could drive the terminal in what it repeats", async () => {
    const ended = await line("run", "x.wasm", "--show-policy", "--env", "\u001b]0;owned\u0007\u202etxt");
    assertRefused(ended, "CLI_OPTION_INVALID", 110);
    // oxlint-disable-next-line no-control-regex -- exactly these must not be there
    assert.doesNotMatch(ended.stderr, /[\u001b\u0007\u202e]/);
    const unknown = await line("\u001b[2J");
    // oxlint-disable-next-line no-control-regex -- exactly this must not be there
    assert.doesNotMatch(unknown.stderr, /\u001b/);
  });

  it("tells a fault of its own like any other error", async () => {
    const whenReady = "if (process.listenerCount('uncaughtException') > 0) throw new TypeError('boom')";
    const fault = `data:text/javascript,setInterval(() => { ${whenReady} }, 50)`;
    const args = ["registry", "serve", "--port", "0", "--folder"];
    const folder = mkdtempSync(join(tmpdir(), "wrun-fault-"));
    try {
      const options = { nodeOptions: ["--import", fault] };
      const ended = await startCommand([...args, join(folder, "registry")], options).ended;
      assertRefused(ended, "INTERNAL", 119);
      assert.match(ended.stderr, /boom/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("shows the cause of an error to those who ask, and nobody a stack trace", async () => {
    const args = ["verify", "nowhere.wasm", "--home", "/nonexistent/wrun-home"];
    const plain = await startCommand(args, {}).ended;
    assertRefused(plain, "HOME_MISSING", 118);
    const inspect = await startCommand(["inspect", "nowhere.wasm"], { env: { WRUN_DEBUG: "1" } }).ended;
    assertRefused(inspect, "FILE_UNREADABLE", 118);
    assert.match(inspect.stderr, /^cause: Error: ENOENT/m);
  });
});
