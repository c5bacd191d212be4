import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import type { Command } from "commander";
import { runCommandLine } from "../../cli/command-line.js";
import { createProgram } from "../../cli/program.js";
import { assertRefused, assertWent, type Ended, startCommand } from "./harness.js";

/** The command line in this process: for what ends before anything is opened. */
async function line(...args: string[]): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): NodeJS.WriteStream =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] += chunk.toString("utf8");
        done();
      },
    }) as NodeJS.WriteStream;
  const code = await runCommandLine(args, { stdout: stream("stdout"), stderr: stream("stderr"), env: {} });
  return { code, ...said };
}

function verbs(command: Command, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const here = [...path, child.name()];
    return child.commands.length > 0 ? verbs(child, here) : [here];
  });
}

describe("the command line", () => {
  it("has the verbs that the documentation names, each with help that shows an example", async () => {
    const all = verbs(createProgram(() => undefined, process));
    assert.deepEqual(
      all.map((path) => path.join(" ")),
      [
        "init",
        "publish",
        "sign",
        "verify",
        "inspect",
        "run",
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

  it("shows the cause of an error to those who ask, and nobody a stack trace", async () => {
    const args = ["verify", "nowhere.wasm", "--home", "/nonexistent/wrun-home"];
    const plain = await startCommand(args, {}).ended;
    assertRefused(plain, "HOME_MISSING", 118);
    const inspect = await startCommand(["inspect", "nowhere.wasm"], { env: { WRUN_DEBUG: "1" } }).ended;
    assertRefused(inspect, "FILE_UNREADABLE", 118);
    assert.match(inspect.stderr, /^cause: Error: ENOENT/m);
  });
});
