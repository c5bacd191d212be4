import { type Lookup, resourceIn } from "../../component/in-worker.js";
import type { ComponentType, ResourceType } from "../../component/wit-types.js";
import { WrunError } from "../../errors/index.js";
import { didYouMean } from "../../nearest.js";
import { withoutVersion } from "../gate/call-site.js";
import { type ExportedFunction, exportedFunctions } from "./exported-functions.js";

/** What an invocation may name: everything that the component exports. */
export function lookUpIn(type: ComponentType, exports: Record<string, unknown>): Lookup<ExportedFunction> {
  return {
    function: (wanted) => findExport(type, exports, wanted),
    method: (resource, wanted) => findMethod([...exportedFunctions(type, exports)], resource, wanted),
  };
}

/**
 * Finds an exported function by its name: `quote`, or with its interface where that is needed, `ledger.quote` or
 * `acme:billing/ledger.quote`. A resource's constructor has the name of the resource, `invoices.invoice`, and a static
 * function stands behind that, `invoices.invoice.of-lines`.
 *
 * @param ofInterface takes only a function of this interface, written without a version
 * @throws WrunError `EXPORT_UNKNOWN`, `EXPORT_AMBIGUOUS`, `EXPORT_IS_METHOD`
 */
export function findExport(
  type: ComponentType,
  exports: Record<string, unknown>,
  wanted: string,
  ofInterface?: string,
): ExportedFunction {
  const all = [...exportedFunctions(type, exports, ofInterface)];
  const named = all.filter(({ spellings }) => spellings.includes(wanted));
  const [first, second] = named.filter(({ kind }) => kind !== "method");
  if (second !== undefined) {
    throw new WrunError("EXPORT_AMBIGUOUS", {
      wanted,
      exports: named.map(({ name }) => name).join(", "),
    });
  }
  if (first !== undefined) return first;
  const [method] = named;
  if (method !== undefined) throw isMethod(method, wanted, all);
  const callable = all.filter(({ kind }) => kind !== "method");
  throw new WrunError("EXPORT_UNKNOWN", {
    wanted: ofInterface ?? wanted,
    exports: callable.map(({ name }) => name).join(", ") || "nothing",
    nearest: didYouMean(
      wanted,
      callable.flatMap(({ spellings }) => spellings),
    ),
  });
}

const command = "wasi:cli/run";

/** @throws WrunError `COMPONENT_RUNS_NOTHING`, `EXPORT_UNKNOWN` */
export function findCommand(type: ComponentType, exports: Record<string, unknown>): ExportedFunction {
  const interfaces = type.exports.interfaces.map(({ name }) => name);
  if (interfaces.some((name) => withoutVersion(name) === command))
    return findExport(type, exports, "run", command);
  const all = [...interfaces, ...type.exports.functions.keys()];
  throw new WrunError("COMPONENT_RUNS_NOTHING", {
    exports: all.join(", ") || "nothing",
    advice: adviceFor(all),
  });
}

function adviceFor(exported: readonly string[]): string {
  if (exported.some((name) => withoutVersion(name) === "wasi:http/incoming-handler"))
    return "It answers requests: start it with `wrun serve`.";
  const build = "uild the component for the world wasi:cli/command of WASI 0.2.";
  return exported.length === 0
    ? `B${build}`
    : `Call a function of it with --invoke 'name(arguments)' (\`wrun inspect --types\` shows them), or b${build}`;
}

function isMethod(
  method: ExportedFunction,
  wanted: string,
  all: readonly ExportedFunction[],
): WrunError<"EXPORT_IS_METHOD"> {
  const resource = selfOf(method);
  const makers = all.filter(({ kind, type }) => kind !== "method" && resourceIn(type.result) === resource);
  const maker = makers.find(({ kind }) => kind === "constructor") ?? makers[0];
  return new WrunError("EXPORT_IS_METHOD", {
    wanted,
    resource: resource?.name ?? "?",
    example: `${maker?.name ?? "…"}(…).${method.member}(…)`,
  });
}

/** @throws WrunError `METHOD_UNKNOWN` */
function findMethod(
  all: readonly ExportedFunction[],
  resource: ResourceType,
  wanted: string,
): ExportedFunction {
  const methods = all.filter((one) => selfOf(one) === resource);
  const found = methods.find(({ member }) => member === wanted);
  if (found !== undefined) return found;
  const ofType = all.find(
    ({ kind, member, name }) =>
      kind === "static" && member === wanted && name.endsWith(`.${resource.name}.${wanted}`),
  );
  throw new WrunError("METHOD_UNKNOWN", {
    resource: resource.name,
    wanted,
    methods: methods.map(({ member }) => member).join(", ") || "none that the component exports",
    nearest:
      ofType === undefined
        ? didYouMean(
            wanted,
            methods.map(({ member }) => member),
          )
        : `; ${wanted} is a static function, ${ofType.name}`,
  });
}

/** The resource that a method belongs to is the one of its first parameter, whatever its name says. */
function selfOf({ kind, type }: ExportedFunction): ResourceType | undefined {
  const self = kind === "method" ? type.params[0]?.type : undefined;
  return self?.kind === "borrow" ? self.resource : undefined;
}
