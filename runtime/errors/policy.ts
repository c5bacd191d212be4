import type { ErrorEntry } from "./entry.js";

/** `{at}` is `file:line:column`, `{where}` a path such as `allow[1].http`. */
export const policyErrors = {
  POLICY_TOO_LARGE: {
    exit: "input",
    message: "{source} has {size} bytes, and a policy may have {limit}",
    next: "Check that this is the policy file; split a policy that is really this large by workload.",
  },
  POLICY_NOT_UTF8: {
    exit: "input",
    message: "{at} is not valid UTF-8",
    next: "Save the policy as UTF-8 text.",
  },
  POLICY_SYNTAX: {
    exit: "input",
    message: "{at} {reason}",
    next: "A policy is YAML 1.2 or JSON; correct the line that is named.",
  },
  POLICY_YAML_FEATURE: {
    exit: "input",
    message: "{at} {feature} in a policy",
    next: "Write every value out where it is used, in one document without aliases, anchors, tags, merge keys and directives.",
  },
  POLICY_TOO_DEEP: {
    exit: "input",
    message: "{at} is nested deeper than {limit} levels",
    next: "No part of a policy needs this depth; check for brackets that are never closed.",
  },
  POLICY_KEY_DUPLICATE: {
    exit: "input",
    message: '{at} key "{key}" is there a second time; the first is in line {first}',
    next: "Keep one of the two.",
  },
  POLICY_KEY_UNKNOWN: {
    exit: "input",
    message: '{at} unknown key "{key}" in {where}{hint}',
    next: "Allowed there: {allowed}.",
  },
  POLICY_KEY_MISSING: {
    exit: "input",
    message: '{at} {where} lacks the key "{key}"',
    next: 'Add "{key}"; nothing is granted because something was left out.',
  },
  POLICY_VALUE_INVALID: {
    exit: "input",
    message: "{at} {where}: {reason}",
    next: "Correct the value; docs/policy.md lists what each key takes.",
  },
  POLICY_LIMIT_UNSUPPORTED: {
    exit: "input",
    message: "{at} limits.{limit} is not enforced by this version of wrun, so it is not accepted",
    next: "Remove the line; limits.wall ends a guest that computes for too long.",
  },
  POLICY_RULE_DUPLICATE: {
    exit: "input",
    message: '{at} the rule id "{id}" is taken by the rule in line {first}',
    next: "Give each rule an id of its own: records and errors name rules by it.",
  },
  POLICY_INTERFACE_UNKNOWN: {
    exit: "input",
    message: '{at} {where} names the interface "{name}", which nothing here implements{hint}',
    next: "Interfaces that a rule can name: {known}.",
  },
  POLICY_FUNCTION_UNKNOWN: {
    exit: "input",
    message: '{at} {where} names the function "{name}", which {interface} does not have{hint}',
    next: "Functions that the rule can name: {known}.",
  },
  POLICY_ARGUMENT_UNKNOWN: {
    exit: "input",
    message: '{at} {where} asks for "{path}", which is no parameter of {functions}{hint}',
    next: "Parameters that the rule can ask for: {known}.",
  },
  POLICY_GRANT_MISSING: {
    exit: "input",
    message: '{at} {where} grants {interface} without saying what of it: the key "{key}" is missing',
    next: 'Add "{key}:" with what may be touched; an empty list links the interface and lets nothing of it be touched.',
  },
  POLICY_GRANT_MISPLACED: {
    exit: "input",
    message: '{at} {where} carries "{key}", which does not constrain {interface}',
    next: "{fits}",
  },
  POLICY_RULE_INEFFECTIVE: {
    exit: "input",
    message: "{at} {where} can never be enforced: {reason}",
    next: "{fix}",
  },
  POLICY_MISTAKES: {
    exit: "input",
    message: "{source} has {count}:\n{lines}",
    next: "Correct each; docs/policy.md lists what each key takes.",
  },
  POLICY_ROOT_MISSING: {
    exit: "input",
    message:
      "{at} the rule {rule} names the file root {root}, which this run does not have, so that it can match nothing{hint}",
    next: "Give the run that root (--dir HOST::NAME), or correct the rule. Roots of this run: {known}.",
  },
  POLICY_DIGEST_MISMATCH: {
    exit: "refused",
    message: "the bytes of the policy {source} are not those that the run was authorized with",
    next: "Start the run again; if it happens again, something on this machine changes the policy in mid-run.",
  },
  POLICY_PATTERN_INVALID: {
    exit: "input",
    message: "'{pattern}' is not {expected}: {reason}",
    next: "Correct the pattern in the policy; docs/policy.md shows the forms that each kind takes.",
  },
  POLICY_ARGUMENT_RULES_TOO_MANY: {
    exit: "input",
    message:
      "{source}: {count} {effect} rules for {site} differ in their argument rules, and {limit} are the limit",
    next: "Merge rules that differ in one value only, with oneOf; the cost of a call must not grow with the policy.",
  },
} as const satisfies Record<string, ErrorEntry>;
