import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { matches, readTranscript } from "./transcript.js";

const page = `
\`\`\`sh
not run
\`\`\`

\`\`\`console
$ echo one   # exits 3
one
$ cat > file <<'END'
$ not a command
END
$ silent
\`\`\`
`;

describe("a transcript", () => {
  it("is read as commands with their exit codes and their output", () => {
    assert.deepEqual(readTranscript(page), [
      { command: "echo one   # exits 3", exitCode: 3, expected: ["one"], line: 7 },
      { command: "cat > file <<'END'\n$ not a command\nEND", exitCode: 0, expected: [], line: 9 },
      { command: "silent", exitCode: 0, expected: [], line: 12 },
    ]);
  });

  it("is refused where a block does not end, or begins with output", () => {
    assert.throws(() => readTranscript("```console\n$ a\n"));
    assert.throws(() => readTranscript("```console\nfirst\n```\n"));
    assert.throws(() => readTranscript("```console\n$ cat <<'END'\n```\n"));
  });
});

describe("output", () => {
  it("matches where each line does", () => {
    assert.ok(matches(["a", "b.c"], ["a", "b.c"]));
    assert.ok(!matches(["a"], ["a", "b"]));
    assert.ok(!matches(["a", "b"], ["a"]));
    assert.ok(!matches(["b.c"], ["bxc"]));
    assert.ok(!matches([], ["a"]));
  });

  it("may have anything where a line of the transcript has an ellipsis", () => {
    assert.ok(matches(["id: …, done"], ["id: 17, done"]));
    assert.ok(!matches(["id: …, done"], ["id: 17, failed"]));
    assert.ok(!matches(["… done"], ["", "done"]));
  });

  it("may have any number of lines where the transcript has a line that is one", () => {
    assert.ok(matches(["…", "end"], ["end"]));
    assert.ok(matches(["a", "…", "b", "…"], ["a", "1", "2", "b", "3"]));
    assert.ok(!matches(["a", "…", "b"], ["a", "1", "2"]));
  });
});
