import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";

/** Types of every kind, a resource with a constructor, methods and statics, and a core module with limits. */
export const ledgerWat = `(component
  (import "demo:bank/ledger@1.2.0" (instance $ledger
    (export "account" (type $account (sub resource)))
    (type $own (own $account))
    (type $borrow (borrow $account))
    (type $point (record (field "x" s32) (field "label" (option string))))
    (export "point" (type $point2 (eq $point)))
    (type $shape (variant (case "dot") (case "circle" f64)))
    (export "shape" (type $shape2 (eq $shape)))
    (type $color (enum "red" "dark-blue"))
    (export "color" (type $color2 (eq $color)))
    (type $rights (flags "read" "write-all"))
    (export "rights" (type $rights2 (eq $rights)))
    (export "[constructor]account" (func (param "name" string) (result $own)))
    (export "[method]account.deposit" (func (param "self" $borrow) (param "n" u64) (result (result u64 (error string)))))
    (export "[static]account.all" (func (result (list $own))))
    (export "draw" (func (param "p" $point2) (param "s" $shape2) (param "c" $color2) (param "r" $rights2) (result (tuple char bool))))
  ))
  (alias export $ledger "account" (type $account))
  (import "demo:bank/audit" (instance $audit
    (alias outer 1 $account (type $outer))
    (export "account" (type $used (eq $outer)))
    (type $borrow (borrow $used))
    (export "check" (func (param "a" $borrow)))
  ))
  (import "log-line" (func $log (param "text" string)))
  (core module $memory (memory (export "m") 2 5) (table (export "t") 3 9 funcref)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "m" (core memory $m))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $log-core (canon lower (func $log) (memory $m) (realloc $realloc)))
  (core func $drop (canon resource.drop $account))
  (core module $main (import "host" "log" (func (param i32 i32))) (import "host" "drop" (func (param i32)))
    (func (export "run") (param i32) (result i32) local.get 0))
  (core instance $main (instantiate $main (with "host" (instance (export "log" (func $log-core)) (export "drop" (func $drop))))))
  (func $run (param "n" u32) (result u32) (canon lift (core func $main "run")))
  (export "run" (func $run))
)`;

/** A component that exports a resource of its own through a nested component, as wit-component writes it. */
export const counterWat = `(component
  (core module $main
    (func (export "new") (param i32) (result i32) local.get 0)
    (func (export "value") (param i32) (result i32) local.get 0))
  (core instance $main (instantiate $main))
  (type $counter (resource (rep i32)))
  (func $make (param "start" u32) (result (own $counter)) (canon lift (core func $main "new")))
  (func $value (param "self" (borrow $counter)) (result u32) (canon lift (core func $main "value")))
  (component $shape
    (import "import-type-counter" (type $counter (sub resource)))
    (import "import-constructor-counter" (func $make (param "start" u32) (result (own $counter))))
    (import "import-method-counter-value" (func $value (param "self" (borrow $counter)) (result u32)))
    (export $exported "counter" (type $counter))
    (export "[constructor]counter" (func $make) (func (param "start" u32) (result (own $exported))))
    (export "[method]counter.value" (func $value) (func (param "self" (borrow $exported)) (result u32)))
  )
  (instance $api (instantiate $shape
    (with "import-type-counter" (type $counter))
    (with "import-constructor-counter" (func $make))
    (with "import-method-counter-value" (func $value))))
  (export "demo:count/api@0.1.0" (instance $api))
)`;

/** Two components in one: the inner consumer is given what the inner provider exports. */
export const composedWat = `(component
  (import "demo:app/clock@1.0.0" (instance $clock (export "now" (func (result u64)))))
  (component $provider
    (import "demo:app/clock@1.0.0" (instance $clock (export "now" (func (result u64)))))
    (core module $m (import "c" "now" (func (result i64))) (func (export "twice") (param i32) (result i32)
      local.get 0 local.get 0 i32.add))
    (core func $now (canon lower (func $clock "now")))
    (core instance $i (instantiate $m (with "c" (instance (export "now" (func $now))))))
    (func $twice (param "n" u32) (result u32) (canon lift (core func $i "twice")))
    (instance $math (export "twice" (func $twice)))
    (export "demo:app/math@1.0.0" (instance $math))
  )
  (component $consumer
    (import "demo:app/math@1.0.0" (instance $math (export "twice" (func (param "n" u32) (result u32)))))
    (core module $m (import "math" "twice" (func $t (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) local.get 0 call $t call $t))
    (core func $twice (canon lower (func $math "twice")))
    (core instance $i (instantiate $m (with "math" (instance (export "twice" (func $twice))))))
    (func $run (param "n" u32) (result u32) (canon lift (core func $i "run")))
    (export "quadruple" (func $run))
  )
  (instance $p (instantiate $provider (with "demo:app/clock@1.0.0" (instance $clock))))
  (alias export $p "demo:app/math@1.0.0" (instance $math))
  (instance $c (instantiate $consumer (with "demo:app/math@1.0.0" (instance $math))))
  (alias export $c "quadruple" (func $q))
  (export "quadruple" (func $q))
)`;

export async function assemble(wat: string): Promise<Uint8Array> {
  return await parse(wat);
}
