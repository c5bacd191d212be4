/**
 * The types of the Component Model as WASI 0.2 uses them, resolved: no index, alias or outer reference
 * is left. They are what the gate, `--invoke` and `wrun inspect` work on.
 */
export type ValueType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: "list"; readonly element: ValueType }
  | { readonly kind: "record"; readonly fields: readonly NamedType[] }
  | { readonly kind: "tuple"; readonly items: readonly ValueType[] }
  | { readonly kind: "variant"; readonly cases: readonly VariantCase[] }
  | { readonly kind: "enum"; readonly cases: readonly string[] }
  | { readonly kind: "flags"; readonly names: readonly string[] }
  | { readonly kind: "option"; readonly type: ValueType }
  | { readonly kind: "result"; readonly ok: ValueType | undefined; readonly err: ValueType | undefined }
  | { readonly kind: "own" | "borrow"; readonly resource: ResourceType };

export type PrimitiveKind =
  | "bool"
  | "s8"
  | "u8"
  | "s16"
  | "u16"
  | "s32"
  | "u32"
  | "s64"
  | "u64"
  | "f32"
  | "f64"
  | "char"
  | "string";

export interface NamedType {
  readonly name: string;
  readonly type: ValueType;
}

export interface VariantCase {
  readonly name: string;
  readonly type: ValueType | undefined;
}

/** Two handles are of the same resource exactly when they refer to the same object of this type. */
export interface ResourceType {
  /** Kebab-case name, such as `descriptor`. */
  readonly name: string;
  /** The interface that defines it, such as `wasi:filesystem/types@0.2.6`; undefined at world level. */
  readonly interface: string | undefined;
}

export interface FunctionType {
  readonly params: readonly NamedType[];
  readonly result: ValueType | undefined;
}

/** An imported or exported interface, with its functions by WIT name: `read`, `[method]descriptor.read`,
 * `[static]fields.from-list`, `[constructor]fields`. */
export interface InterfaceType {
  /** As in the binary: `wasi:io/streams@0.2.6`, or a plain kebab-case name. */
  readonly name: string;
  readonly functions: ReadonlyMap<string, FunctionType>;
  readonly resources: ReadonlyMap<string, ResourceType>;
  /** Value types that the interface gives a name; only for showing them. */
  readonly types?: ReadonlyMap<string, ValueType>;
}

/** What a component asks for and offers, as its binary says. */
export interface ComponentType {
  readonly imports: {
    readonly interfaces: readonly InterfaceType[];
    /** Functions imported at world level, without an interface. */
    readonly functions: ReadonlyMap<string, FunctionType>;
    /** Resources imported at world level. */
    readonly resources: ReadonlyMap<string, ResourceType>;
  };
  readonly exports: {
    readonly interfaces: readonly InterfaceType[];
    readonly functions: ReadonlyMap<string, FunctionType>;
  };
}
