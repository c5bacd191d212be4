import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import * as hostInterfaces from "../../host-interfaces/index.js";
import * as registry from "../../registry/index.js";
import * as runtime from "../../runtime/index.js";
import { exportsOf } from "./exports.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** What each entry point of the package exports, types included. A name that is added or removed is so on purpose. */
const golden: Readonly<Record<string, readonly string[]>> = {
  "runtime/index.ts": [
    "ByteSink",
    "CallSite",
    "ClaimedHead",
    "CompiledPolicy",
    "ComponentBytes",
    "ComponentSource",
    "ComponentType",
    "Digest",
    "Durability",
    "Entrance",
    "ErrorCode",
    "Exchange",
    "FactType",
    "FactValue",
    "Facts",
    "FieldPairs",
    "FileRoot",
    "GrantKind",
    "HeldMemory",
    "Holding",
    "Home",
    "HostFunction",
    "HostFunctionDefinition",
    "HostInterface",
    "HostPackage",
    "InitOptions",
    "InitializedHome",
    "InstanceContext",
    "Invocation",
    "LineageReport",
    "MalformedArguments",
    "ManifestDescriptor",
    "NodeKey",
    "NodeOptions",
    "OrderedGrant",
    "OrderedPattern",
    "PatternEntry",
    "PatternTable",
    "PolicyContracts",
    "PolicySource",
    "PreparedPackage",
    "Provenance",
    "PublicIdentity",
    "PublisherIdentity",
    "Readiness",
    "RecoveredRun",
    "RequestFailure",
    "RequestHead",
    "ResponseFailure",
    "ResponseHead",
    "RevocationEntry",
    "RevocationKind",
    "RevocationList",
    "RuleEffect",
    "Run",
    "RunEvent",
    "RunId",
    "RunOutcome",
    "RunReport",
    "RunRequest",
    "RunSummary",
    "Runtime",
    "SchemaMaker",
    "ServeAddress",
    "ServeEnd",
    "ServeReport",
    "ServeRequest",
    "Server",
    "ServerEvent",
    "SignedArtifact",
    "StdinSource",
    "StoredRecord",
    "Unlinkable",
    "VerifiedSummary",
    "WitError",
    "WrunError",
    "addPublisher",
    "catalogue",
    "chainThumbprints",
    "claimedHead",
    "classifyAddress",
    "contractsOf",
    "createAddressSet",
    "createAddressTable",
    "createHostSet",
    "createHostTable",
    "createKeySet",
    "createKeyTable",
    "createPathTable",
    "createPathTrie",
    "createRuntime",
    "decodeComponent",
    "describeComponent",
    "describeExports",
    "digestOf",
    "exitCodes",
    "exportPublic",
    "formatVerifierKey",
    "hostFunction",
    "httpPrefixProblem",
    "initHome",
    "inspectComponent",
    "isAddressLiteral",
    "isHostCall",
    "isProven",
    "isRunId",
    "isWrunError",
    "issueAuthorization",
    "keepHomeApart",
    "listRuns",
    "loadAuthorityIdentity",
    "loadNodeIdentity",
    "loadPolicy",
    "loadPublisherIdentity",
    "loadRevocations",
    "locateHome",
    "normalizeHost",
    "normalizeHostPattern",
    "normalizeHttpPath",
    "normalizePath",
    "openHome",
    "parseComponentManifest",
    "parseDigest",
    "parseRunId",
    "parseVerifierKey",
    "quoteYaml",
    "readRun",
    "refuseMissingRoots",
    "refuseMistakes",
    "refuseUnlinkable",
    "signArtifact",
    "signatureArtifactType",
    "signatureOf",
    "thumbprintAnnotation",
    "toComponent",
    "verifyLineage",
    "verifyRun",
    "wrapUnknown",
  ],
  "host-interfaces/index.ts": [
    "ByteSink",
    "Durability",
    "FileRoot",
    "HostFunction",
    "HostFunctionDefinition",
    "HostInterface",
    "HostPackage",
    "HttpPackageOptions",
    "InstanceContext",
    "PreparedPackage",
    "SocketsPackageOptions",
    "StdinSource",
    "WitError",
    "createHttpPackage",
    "createSocketsPackage",
    "hostFunction",
    "hostPackages",
  ],
  "registry/index.ts": [
    "ClientLimits",
    "ComponentConfig",
    "Descriptor",
    "PushComponent",
    "PushSignature",
    "PushedComponent",
    "Reference",
    "RegistryLimits",
    "RegistryOptions",
    "RepositoryName",
    "RunningRegistry",
    "Tag",
    "TransferOptions",
    "listTags",
    "parseReference",
    "pullComponent",
    "pushComponent",
    "pushSignature",
    "resolveTag",
    "startRegistry",
  ],
};

const loaded: Readonly<Record<string, object>> = {
  "runtime/index.ts": runtime,
  "host-interfaces/index.ts": hostInterfaces,
  "registry/index.ts": registry,
};

describe("the public API", () => {
  for (const [entry, names] of Object.entries(golden)) {
    const found = exportsOf(root, entry);

    it(`exports from ${entry} what it means to, and nothing else`, () => {
      assert.deepEqual([...found.keys()].sort(byCode), [...names].sort(byCode));
      // What is there at run time is a part of it, which shows that the reading of the source missed nothing.
      const values = Object.keys(loaded[entry] ?? {});
      assert.ok(values.length > 0);
      for (const name of values) assert.ok(found.has(name), `${name} is exported, and was not found`);
    });

    it(`has a docstring for everything that ${entry} exports`, () => {
      const bare = [...found].filter(([, { documented }]) => !documented);
      assert.deepEqual(
        bare.map(([name, { file, localName }]) => `${name} (${localName} in ${file})`),
        [],
      );
    });
  }

  it("would notice what has none", () => {
    const { documented } = exportsOf(root, "test/runtime/embedding-examples.ts").get("openHost") ?? {};
    assert.equal(documented, false);
    assert.equal(exportsOf(root, "test/runtime/document.ts").get("blocksOf")?.documented, true);
  });

  it("has one name for one thing in all its entry points", () => {
    const places = new Map<string, string>();
    for (const entry of Object.keys(golden)) {
      for (const [name, { file, localName }] of exportsOf(root, entry)) {
        const place = `${file}#${localName}`;
        assert.equal(places.get(name) ?? place, place, `${name} is two things`);
        places.set(name, place);
      }
    }
  });
});

function byCode(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
