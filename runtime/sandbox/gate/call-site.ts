import type { FunctionType } from "../../component/wit-types.js";
import type { CallSite } from "../../policy/types.js";
import { type HostFunction, type HostFunctionDefinition, openHostFunction } from "../host-function.js";
import { mayLendAndGive } from "./loans.js";
import { compileConverter, type Converter, type ResourceTable } from "./resources.js";

/** One imported function, as the gate meets it at run time. */
export interface BoundCall {
  readonly site: CallSite;
  /** The interface with the version that the component asked for; this is what the record names. */
  readonly import: string;
  readonly type: FunctionType;
  /** Undefined where no host package implements the function: every call is denied. */
  readonly host: HostFunctionDefinition | undefined;
  /** Whether the function's result type can carry an error. */
  readonly canFail: boolean;
  /** Shells to host objects. */
  readonly liftArguments: (shells: readonly unknown[]) => LiftedArguments;
  /** Host objects to shells. */
  readonly lowerResult: Converter;
  readonly lowerError: Converter;
}

export interface LiftedArguments {
  readonly args: unknown[];
  /** Host objects whose last handle the guest gave away with this call: the host function is to dispose of them. */
  readonly given: readonly object[];
}

/** The name of the pseudo-interface of functions that a component imports at world level. */
export const worldInterface = "$world";

export function bindCall(
  importName: string,
  functionName: string,
  type: FunctionType,
  host: HostFunction | undefined,
  resources: ResourceTable,
): BoundCall {
  let given: object[] = [];
  const lent = new Set<unknown>();
  const lends = mayLendAndGive(type.params.map((param) => param.type));
  const lift = type.params.map((param) =>
    compileConverter(
      param.type,
      (shell, resource) => {
        if (lent.has(shell)) throw new TypeError("a handle is lent and given away in one call");
        const object = resources.hostOf(shell, resource);
        if (resources.release(shell)) given.push(object);
        return object;
      },
      (shell, resource) => {
        if (lends) lent.add(shell);
        return resources.hostOf(shell, resource);
      },
    ),
  );
  const lower = (result: FunctionType["result"]): Converter =>
    compileConverter(
      result,
      (object, resource) => resources.shellOf(object, resource),
      // The Component Model has no borrowed handles in results; a type that claims so does not come to be.
      (_, resource) => {
        throw new TypeError(`a result borrows ${resource.name}`);
      },
    );
  const canFail = type.result?.kind === "result";
  return {
    site: { interface: withoutVersion(importName), function: functionName },
    import: importName,
    type,
    host: host === undefined ? undefined : openHostFunction(host),
    canFail,
    liftArguments: (shells) => {
      given = [];
      lent.clear();
      return { args: lift.map((convert, index) => convert(shells[index])), given };
    },
    lowerResult: type.result?.kind === "result" ? lower(type.result.ok) : lower(type.result),
    lowerError: type.result?.kind === "result" ? lower(type.result.err) : lower(undefined),
  };
}

/** `wasi:io/streams@0.2.6` and `wasi:io/streams` are the same interface to a policy. */
export function withoutVersion(importName: string): string {
  const at = importName.indexOf("@");
  return at < 0 ? importName : importName.slice(0, at);
}
