import { CST } from "yaml";
import { WrunError } from "../../errors/index.js";
import { refuseAmbiguous, refuseHalfCharacters, refuseMixedScripts } from "./one-reading.js";

const depthLimit = 32;

const features: Readonly<Partial<Record<CST.Token["type"], string>>> = {
  alias: "an alias (*name)",
  anchor: "an anchor (&name)",
  tag: "a tag (!name)",
  directive: "a directive (%NAME)",
  "directive-line": "a directive (%NAME)",
};

/**
 * Refuses, on the parser's tokens and before any value exists, what would give a policy a second reading:
 * a file that two people understand differently must not be signed. Walks with a stack of its own, since the
 * nesting is an attacker's to choose.
 */
export function refuseFeatures(tokens: readonly CST.Token[], at: (offset: number) => string): void {
  let documents = 0;
  for (const token of tokens) {
    if (token.type === "document") documents++;
    if (documents > 1) throw refusal("a second document (---)", token, at);
    refuseIn(token, at);
  }
}

type At = (offset: number) => string;
type Part = { readonly token: CST.Token | CST.SourceToken; readonly depth: number };

function refuseIn(root: CST.Token, at: At): void {
  const stack: Part[] = [{ token: root, depth: 0 }];
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    const { token, depth } = part;
    const feature = features[token.type];
    if (feature !== undefined) throw refusal(feature, token, at);
    if (token.type === "scalar") refuseAmbiguous(token.source, offsetOf(token), at);
    if (isScalar(token)) {
      const isEscaped = token.type === "double-quoted-scalar";
      refuseMixedScripts(token.source, offsetOf(token), isEscaped, at);
    }
    if (token.type === "double-quoted-scalar") refuseHalfCharacters(token.source, offsetOf(token), at);
    if (depth > depthLimit)
      throw new WrunError("POLICY_TOO_DEEP", { at: at(offsetOf(token)), limit: depthLimit });
    for (const child of childrenOf(token, at)) stack.push({ token: child, depth: depth + 1 });
  }
}

function childrenOf(token: CST.Token | CST.SourceToken, at: At): (CST.Token | CST.SourceToken)[] {
  const children: (CST.Token | CST.SourceToken)[] = [];
  if (token.type === "document") {
    children.push(...token.start);
    if (token.value) children.push(token.value);
  }
  if (!("items" in token)) return children;
  for (const item of token.items) {
    children.push(...item.start, ...(item.sep ?? []));
    if (item.key) {
      if ("source" in item.key && item.key.source === "<<") throw refusal("a merge key (<<)", item.key, at);
      children.push(item.key);
    }
    if (item.value) children.push(item.value);
  }
  return children;
}

function isScalar(token: CST.Token | CST.SourceToken): token is CST.FlowScalar | CST.BlockScalar {
  return CST.isScalar(token);
}

function offsetOf(token: CST.Token | CST.SourceToken): number {
  return "offset" in token ? token.offset : 0;
}

function refusal(feature: string, token: CST.Token | CST.SourceToken, at: At): WrunError {
  return new WrunError("POLICY_YAML_FEATURE", { at: at(offsetOf(token)), feature: `has ${feature}` });
}
