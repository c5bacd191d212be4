;; Attacks: secrets in the environment. Prints `arguments N`, then every variable that it is given as `KEY=VALUE`,
;; then `environment N`.
;; Held by: cutting the list down to the keys that the policy grants.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:cli/environment@0.2.0" "get-environment" (func $get-environment (param i32)))
  (import "wasi:cli/environment@0.2.0" "get-arguments" (func $get-arguments (param i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "arguments \00" "environment \00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $at i32)
    (local $left i32)
    (local $count i32)
    (call $get-arguments (i32.const 0))
    (call $say (i32.const 64))
    (call $print-number (i32.load (i32.const 4)))
    (call $print-byte (i32.const 10))
    (call $get-environment (i32.const 0))
    (local.set $at (i32.load (i32.const 0)))
    (local.set $count (i32.load (i32.const 4)))
    (local.set $left (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $print (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
        (call $print-byte (i32.const 61))
        (call $print (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at)))
        (call $print-byte (i32.const 10))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (call $say (i32.const 75))
    (call $print-number (local.get $count))
    (call $print-byte (i32.const 10))
    (i32.const 0)))
