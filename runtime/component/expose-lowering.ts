/**
 * jco's generated code makes the function that a guest calls for an import in one way:
 *
 *     let trampoline7 = _trampoline7.manuallyAsync ? … : _lowerImportBackwardsCompat.bind(null, { … });
 *
 * That general lowering costs some microseconds a call. Here the last part becomes a question to whoever instantiates
 * the component, as a fourth parameter of `instantiate`: it gets what the lowering needs, and answers with a function
 * of its own, or with undefined, and then the general one serves. Either leads to the same import.
 *
 * What an import is called is read from what the code itself says about it, twice, and must agree.
 */
const lowering =
  /(let trampoline(\d+) = _trampoline\2\.manuallyAsync \? new WebAssembly\.Suspending\(_suspendingImport\(\d+, _lowerImportBackwardsCompat\.bind\((?:(?!let trampoline)[^])*?\n\s*\)\)\) : )_lowerImportBackwardsCompat\.bind\(\s*null,(\s*\{\s*trampolineIdx: \2,\s*componentIdx: (\d+),)/g;
const anyLowering = /let trampoline\d+ = _trampoline\d+\.manuallyAsync/g;
const trampoline = /const _trampoline(\d+) = function\(([^]*?)\n\s*_trampoline\1\.fnName = '([^'\n]*)';/g;
const signature =
  "export function instantiate(getCoreModule, imports, instantiateCore = (module, importObject) => new WebAssembly.Instance(module, importObject)) {";

/** How the code reads a handle, and how it makes one. */
const lifted =
  /handleTable(\d+)\[\(handle\d+ << 1\) \+ 1\] & ~T_FLAG;\s*var rsc\d+ = captureTable(\d+)\.get\(rep\d+\);\s*if \(!rsc\d+\) \{\s*rsc\d+ = Object\.create\(([\w$]+)\.prototype\);/g;
const lowered =
  /instanceof ([\w$]+)\)\) \{\s*throw new TypeError\([^\n]*\);\s*\}\s*var handle\d+ = [\w$.]+\[symbolRscHandle\];\s*if \(!handle\d+\) \{\s*const rep = [\w$.]+\[symbolRscRep\] \|\| \+\+captureCnt(\d+);\s*captureTable\2\.set\(rep, [\w$.]+\);\s*handle\d+ = rscTableCreateOwn\(handleTable(\d+), rep\);/g;

/** @throws Error where the code lowers imports in a way that is not known here */
export function exposeLowering(glue: string): string {
  const expected = glue.match(anyLowering)?.length ?? 0;
  if (expected === 0) {
    if (glue.includes("_lowerImportBackwardsCompat.bind(")) throw unknown("imports");
    return glue;
  }
  if (glue.split(signature).length !== 2) throw unknown("the entry");
  const trampolines = new Map(
    [...glue.matchAll(trampoline)].map(([, index = "", body = "", name = ""]) => [index, { body, name }]),
  );
  let exposed = 0;
  const changed = glue.replace(
    lowering,
    (whole, before: string, index: string, descriptor: string, instance: string) => {
      const found = trampolines.get(index);
      if (found === undefined) throw unknown(`import ${index}`);
      exposed += 1;
      const described = describe(found.body, found.name);
      if (described === undefined) return whole;
      return `${before}$wrunLower(${described}, () => INSTANCE_FLAGS.get(${instance}), ${tablesOf(found.body)},${descriptor}`;
    },
  );
  if (exposed !== expected) throw unknown("imports");
  return changed.replace(
    signature,
    `${signature.replace(") {", ", $wrunLowering) {")}
  const $wrunLower = (interfaceName, functionName, flags, tables, descriptor) =>
    $wrunLowering?.(interfaceName, functionName, descriptor, flags, tables) ??
    _lowerImportBackwardsCompat.bind(null, descriptor);
`,
  );
}

/**
 * The interface and the function, as string literals; undefined where the code calls the import by two names, and then
 * the general lowering serves. The names are plain: the decoder refuses any other.
 */
function describe(body: string, shortName: string): string | undefined {
  const full = /\[iface="([^"\n]+)", function="([^"\n]+)"\] \[Instruction::CallInterface\]/.exec(body);
  const [, interfaceName = "", functionName = ""] = full ?? [];
  const [, kind, resource = "", member = ""] =
    /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(functionName) ?? [];
  const expected =
    kind === "constructor"
      ? `new${resource}`
      : kind === "static"
        ? resource + member
        : kind === "method"
          ? member
          : functionName;
  const [shortInterface, shortMember = ""] = shortName.split("#");
  return full !== null && shortInterface === interfaceName && plain(shortMember) === plain(expected)
    ? `${JSON.stringify(interfaceName)}, ${JSON.stringify(functionName)}`
    : undefined;
}

/** What is left of a name when its spelling is taken away. */
function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}

function tablesOf(body: string): string {
  const found = new Map<string, string>();
  const add = (shellClass: string, handles: string, shells: string): void => {
    found.set(
      shellClass,
      `{ shellClass: ${shellClass}, handles: handleTable${handles}, created: handleTable${handles}._createdReps, shells: captureTable${shells}, ` +
        `nextRepresentation: () => ++captureCnt${shells}, createOwn: rscTableCreateOwn, remove: rscTableRemove }`,
    );
  };
  for (const [, handles = "", shells = "", shellClass = ""] of body.matchAll(lifted))
    add(shellClass, handles, shells);
  for (const [, shellClass = "", shells = "", handles = ""] of body.matchAll(lowered))
    add(shellClass, handles, shells);
  return `() => [${[...found.values()].join(", ")}]`;
}

function unknown(what: string): Error {
  return new Error(`the toolchain generated a lowering of ${what} that is not known`);
}
