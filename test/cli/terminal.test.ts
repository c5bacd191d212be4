import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "vitest";
import { lineForms, lineOf } from "../../cli/line-forms.js";
import { createTerminal, quoted, type Terminal } from "../../cli/terminal.js";
import { WrunError } from "../../runtime/index.js";

interface Screen {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
}

function screen(options: { isTTY?: boolean; env?: NodeJS.ProcessEnv; json?: boolean } = {}): Screen {
  const said = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): NodeJS.WriteStream =>
    Object.assign(
      new Writable({
        decodeStrings: true,
        write(chunk: Buffer, _encoding, done) {
          said[name] += chunk.toString("latin1");
          done();
        },
      }),
      { isTTY: options.isTTY ?? false },
    ) as unknown as NodeJS.WriteStream;
  const { env = {}, json = false } = options;
  const terminal = createTerminal({ stdout: stream("stdout"), stderr: stream("stderr"), env, json });
  return { terminal, out: () => said.stdout, err: () => said.stderr };
}

const failure = { code: "INTERNAL", message: "it broke", next: "mend it", exitCode: 119 } as const;
// oxlint-disable-next-line no-control-regex -- this is what the tests look for
const escape = /\u001b/;

describe("the terminal", () => {
  it("puts answers on stdout, and everything about them on stderr", () => {
    const { terminal, out, err } = screen();
    terminal.line("answer");
    terminal.note("note");
    terminal.warn("careful");
    terminal.error(failure);
    assert.equal(out(), "answer\n");
    assert.equal(err(), "note: note\nwarning: careful\nerror[INTERNAL]: it broke\nnext: mend it\n");
  });

  it("says what is only for people to terminals, and elsewhere where it is asked for", () => {
    for (const [isTTY, asked, expected] of [
      [true, false, /run 1/],
      [false, true, /^run 1\n$/],
      [false, false, /^$/],
    ] as const) {
      const { terminal, out, err } = screen({ isTTY });
      terminal.aside("1", asked);
      assert.match(err(), expected);
      assert.equal(out(), "");
    }
  });

  it("colours for terminals only, and not where NO_COLOR is set", () => {
    for (const [options, coloured] of [
      [{ isTTY: true }, true],
      [{ isTTY: true, env: { NO_COLOR: "1" } }, false],
      [{ isTTY: false }, false],
    ] as const) {
      const { terminal, out, err } = screen(options);
      terminal.heading("head");
      terminal.check("ok", "fine");
      terminal.error(failure);
      assert.equal(escape.test(out()), coloured, JSON.stringify(options));
      assert.equal(escape.test(err()), coloured, JSON.stringify(options));
    }
  });

  it("draws a bar on a terminal and clears it, and prints plain lines elsewhere", () => {
    const drawn = screen({ isTTY: true });
    const bar = drawn.terminal.progress("pulling", "it");
    bar.update(50, 100);
    bar.update(100, 100);
    bar.end();
    assert.match(drawn.err(), /\r.*pulling it \[=+ *\]/);
    assert.ok(drawn.err().endsWith("\r\u001b[K"));
    const plain = screen();
    const lines = plain.terminal.progress("pulling", "it");
    for (let done = 0; done <= 2048; done += 8) lines.update(done, 2048);
    lines.end();
    assert.doesNotMatch(plain.err(), /\r/);
    assert.equal(Buffer.from(plain.err(), "latin1").toString("utf8"), "pulling it …\npulling it: 2.0 KiB\n");
    assert.equal(plain.out() + drawn.out(), "");
  });

  it("with --json prints values and no lines", () => {
    const { terminal, out } = screen({ json: true });
    terminal.line("a line");
    terminal.table([["head"], ["row"]]);
    terminal.fields([["name", "value"]]);
    terminal.check("ok", "fine");
    terminal.value({ answer: 42 });
    assert.equal(out(), '{"answer":42}\n');
    const plain = screen();
    plain.terminal.value({ answer: 42 });
    assert.equal(plain.out(), "");
  });

  it("shows control and direction characters of what it prints, wherever it prints them", () => {
    const nasty = "a\u001b[31mb\u0007c\u009bd\u202ee\u2028f\rg\ud800h";
    const { terminal, out, err } = screen();
    terminal.line(nasty);
    terminal.heading(nasty);
    terminal.table([[nasty, `${nasty}\nnew line`]]);
    terminal.fields([["name", nasty]]);
    terminal.check("fail", nasty);
    terminal.note(nasty);
    terminal.warn(nasty);
    terminal.error({ ...failure, message: nasty, next: nasty });
    terminal.event("log", nasty, [nasty]);
    terminal.block(nasty);
    terminal.progress("pulling", nasty).end();
    const all = Buffer.from(out() + err(), "latin1").toString("utf8");
    assert.equal(
      all.match(/a\\u\{1b\}\[31mb\\u\{7\}c\\u\{9b\}d\\u\{202e\}e\\u\{2028\}f\\u\{d\}g\\u\{d800\}h/g)?.length,
      14,
    );
    assert.doesNotMatch(all, /[\p{Cf}\p{Cs}\p{Zl}]|[^\P{Cc}\n]/u);
    assert.doesNotMatch(all, /^new line/m, "a cell cannot begin a line of its own");
  });

  it("escapes in JSON what JSON leaves as it is, and says the same by it", () => {
    const nasty = "a\u001b\u007f\u009bd\u202ee\u2028f\ng\ud800h\u200f\u{e0001}\u{1f600}ä";
    const { terminal, out } = screen({ json: true });
    terminal.value({ [nasty]: nasty });
    terminal.error({ ...failure, message: nasty });
    const all = Buffer.from(out(), "latin1").toString("utf8");
    assert.doesNotMatch(all, /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[^\P{Cc}\n]/u);
    const [value, error, ...more] = all.trimEnd().split("\n");
    assert.deepEqual(more, []);
    assert.deepEqual(JSON.parse(value ?? ""), { [nasty]: nasty });
    assert.deepEqual(JSON.parse(error ?? ""), { error: { ...failure, message: nasty } });
    assert.match(all, /\u{1f600}ä/u, "what is no danger stays readable");
  });

  it("begins a line of its own, whatever a guest has left unfinished", async () => {
    const said = async (stream: "stdout" | "stderr", text: string, isTTY: boolean): Promise<string> => {
      const { terminal, err } = screen({ isTTY, env: { NO_COLOR: "1" } });
      await new Promise<void>((resolve) => {
        terminal.guest(stream, Buffer.from(text), resolve);
      });
      terminal.note("ours");
      terminal.note("more");
      return err();
    };
    assert.equal(await said("stderr", "half a line", false), "half a line\nnote: ours\nnote: more\n");
    assert.equal(await said("stderr", "a line\n", false), "a line\nnote: ours\nnote: more\n");
    assert.equal(await said("stdout", "half a line", false), "note: ours\nnote: more\n");
    assert.equal(await said("stdout", "half a line", true), "\nnote: ours\nnote: more\n");
  });

  it("keeps what others wrote in an error on its line", () => {
    const forged = "gone\nerror[RUN_TRAPPED]: forged\nnext: pay";
    const error = new WrunError("FILE_UNREADABLE", { path: forged, reason: forged });
    const { terminal, err } = screen();
    terminal.error(error);
    assert.equal(err().match(/^(?:error\[|next: )/gm)?.length, 2);
    terminal.event("denied", forged, [forged]);
    terminal.note(forged);
    terminal.warn(forged);
    assert.equal(err().match(/^\s*(?:error\[|next: )/gm)?.length, 2);
    const ours = new WrunError("IMPORT_NOT_GRANTED", { imports: forged, advice: "add:\n- { id: a }" });
    assert.match(ours.next, /\n- \{ id: a \}/);
    assert.doesNotMatch(ours.message, /\n/);
  });

  it("keeps what others wrote on the line of an answer that it is in", () => {
    const forged = "gone\nok    all is well\u001b[2J";
    const { terminal, out } = screen();
    terminal.line(forged);
    terminal.heading(forged);
    terminal.check("fail", forged, [forged]);
    terminal.fields([["name", forged]]);
    assert.doesNotMatch(out(), /^\s*ok/m);
    assert.doesNotMatch(out(), escape);
    assert.equal(out().trimEnd().split("\n").length, 5);
  });

  it("puts names that others chose in quotes, where they are not plain", () => {
    for (const plain of ["wasi:io/streams@0.2.6", "[method]descriptor.read", "allow[1]", "/a?b=c&d"])
      assert.equal(quoted(plain), plain);
    for (const odd of ["", "a b", "a\nb", 'a"b', "a) b (c", "a\\b", "\u0430"])
      assert.equal(quoted(odd), JSON.stringify(odd));
  });

  it("writes no line beside a guest's output that a guest's own would not be marked for", async () => {
    const { terminal, err } = screen();
    terminal.error({ ...failure, cause: undefined });
    const debugging = screen({ env: { WRUN_DEBUG: "1" } });
    debugging.terminal.failure({ ...failure, cause: new Error("why") });
    terminal.note("text");
    terminal.warn("text");
    terminal.event("denied", "wasi:io/streams read: no", ["more"]);
    terminal.event("log", "info here: text");
    terminal.event("request", "GET / 200 after 1.0 ms");
    terminal.aside("0123456789abcdef0123456789abcdef", true);
    terminal.progress("pulling", "it").end();
    terminal.progress("pushing", "it").end();
    const ours = Buffer.from(err() + debugging.err(), "latin1")
      .toString("utf8")
      .trimEnd()
      .split("\n");
    const begun = [...ours, lineOf("serving", "app at http://127.0.0.1:1")].filter(
      (line) => !line.startsWith(" "),
    );
    const words = new Set(begun.map((line) => /^[a-z]+/.exec(line)?.[0]));
    const every = new Set<string | undefined>(Object.values(lineForms).map(({ word }) => word));
    assert.deepEqual(words, every, "every form is here");
    for (const line of begun) {
      const beside = screen();
      await new Promise<void>((resolve) => {
        beside.terminal.guest("stderr", Buffer.from(`${line}\n`), resolve);
      });
      assert.equal(Buffer.from(beside.err(), "latin1").toString("utf8"), `guest: ${line}\n`);
    }
  });

  it("passes a guest's bytes on untouched, except to a terminal, which would obey them", async () => {
    const bytes = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x00, 0x0a]);
    const write = (terminal: Terminal, part: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        terminal.guest("stdout", part, resolve);
      });
    const file = screen();
    await write(file.terminal, bytes);
    assert.equal(file.out(), bytes.toString("latin1"));
    const tty = screen({ isTTY: true });
    await write(tty.terminal, bytes.subarray(0, 4));
    // The two halves of one C1 control character, and of a letter, in different writes.
    await write(tty.terminal, Buffer.from([0xc2]));
    await write(tty.terminal, Buffer.from([0x9b, 0x41, 0xc3]));
    await write(tty.terminal, Buffer.from([0xa4, 0x0a]));
    assert.equal(Buffer.from(tty.out(), "latin1").toString("utf8"), "\\u{1b}[2J\\u{9b}Aä\n");
    const json = screen({ json: true });
    await write(json.terminal, bytes);
    assert.equal(json.out(), "");
    assert.equal(json.err(), bytes.toString("latin1"));
  });
});
